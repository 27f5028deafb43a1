"""The detector as a user meets it, without WebAssembly and without Foghorn."""

import unittest
from types import SimpleNamespace

from model import FORMAT, SCHEMA, Model
from settings import Failure, parse, validate


def rows(*every):
    """Dense rows in the contract's form."""
    packed = SimpleNamespace(columns=len(every[0]), row_ptr=[0], idx=[], val=[])
    for row in every:
        for column, value in enumerate(row):
            if value:
                packed.idx.append(column)
                packed.val.append(float(value))
        packed.row_ptr.append(len(packed.idx))
    return packed


# One column varies, one is always 2, one is always 0.
USUAL = rows(*([i % 10, 2, 0] for i in range(100)))


class ModelTest(unittest.TestCase):
    def setUp(self):
        self.model = Model.train(parse(SCHEMA, []), USUAL)

    def refused(self, code, call):
        with self.assertRaises(Failure) as caught:
            call()
        self.assertEqual(caught.exception.code, code)

    def test_a_strange_row_scores_higher_than_every_usual_one_and_says_why(self):
        strange = rows([4, 2, 5])
        self.assertGreater(self.model.score(strange)[0], 3 * max(self.model.score(USUAL)))
        weights = self.model.explain(strange)
        self.assertEqual(max(weights), weights[2])

    def test_a_loaded_model_scores_with_the_same_bits(self):
        loaded = Model.load(FORMAT, self.model.save())
        self.assertEqual(loaded.score(USUAL), self.model.score(USUAL))

    def test_bad_input_ends_in_an_error(self):
        self.refused(3, lambda: Model.train(parse(SCHEMA, []), rows([1, 2, 0])))
        self.refused(4, lambda: self.model.score(rows([1])))
        self.refused(4, lambda: self.model.score(SimpleNamespace(columns=3, row_ptr=[0, 7], idx=[], val=[])))
        self.refused(2, lambda: Model.load(FORMAT, self.model.save()[1:]))
        self.assertEqual(validate(SCHEMA, [("floor", "-1")])[0].code, 1)


if __name__ == "__main__":
    unittest.main()
