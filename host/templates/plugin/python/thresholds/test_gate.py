"""The thresholds as a user meets them, without WebAssembly and without Foghorn."""

import unittest

from gate import FORMAT, SCHEMA, Gate
from settings import Failure, parse, validate

SETTINGS = parse(SCHEMA, [])
USUAL = [1 + i % 10 / 100 for i in range(200)]


class GateTest(unittest.TestCase):
    def setUp(self):
        self.gate = Gate(SETTINGS)
        self.gate.calibrate(USUAL)

    def refused(self, code, call):
        with self.assertRaises(Failure) as caught:
            call()
        self.assertEqual(caught.exception.code, code)

    def test_usual_scores_pass_and_higher_ones_are_graver(self):
        self.assertTrue(all(severity == 0 for _, severity in self.gate.decide(USUAL)))
        self.assertEqual([severity for _, severity in self.gate.decide([1.5, 2.5, 9.0])], [1, 2, 3])

    def test_nothing_is_decided_before_enough_was_seen_and_high_scores_teach_nothing(self):
        early = Gate(SETTINGS).decide([9.0] * 20)
        self.assertTrue(all(severity == 0 and threshold > 9 for threshold, severity in early))
        before = self.gate.save()
        self.gate.decide([9.0])
        self.assertEqual(self.gate.save(), before)

    def test_a_loaded_gate_decides_alike_and_damage_and_bad_input_are_refused(self):
        loaded = Gate.load(SETTINGS, FORMAT, self.gate.save())
        self.assertEqual(loaded.decide(USUAL), self.gate.decide(USUAL))
        self.refused(2, lambda: Gate.load(SETTINGS, FORMAT, self.gate.save()[1:]))
        self.refused(4, lambda: self.gate.decide([float("nan")]))
        self.assertEqual(validate(SCHEMA, [("deviations", "0")])[0].code, 1)


if __name__ == "__main__":
    unittest.main()
