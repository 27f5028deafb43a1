//! Eigenvalues and eigenvectors of a small symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, *Matrix
//! Computations*, §8.5). O(n³) a sweep, fewer than ten sweeps as a rule; meant for n up to about 100.

const SWEEPS_MAX: usize = 40;

/// One eigenvalue with its vector of length 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    pub(crate) value: f64,
    pub(crate) vector: Vec<f64>,
}

/// All axes of the `n × n` matrix `a` (row after row, symmetric, finite), the largest eigenvalue first.
pub(crate) fn axes(mut a: Vec<f64>, n: usize) -> Vec<Axis> {
    let mut vectors: Vec<f64> = (0..n * n).map(|at| f64::from(u8::from(at / n == at % n))).collect();
    let size: f64 = a.iter().map(|v| v * v).sum();
    for _ in 0..SWEEPS_MAX {
        let off: f64 = (0..n).flat_map(|p| (p + 1..n).map(move |q| (p, q))).map(|(p, q)| a[p * n + q].powi(2)).sum();
        if off <= size * 1e-24 {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut vectors, n, p, q);
            }
        }
    }
    let axis = |i: usize| Axis { value: a[i * n + i], vector: (0..n).map(|row| vectors[row * n + i]).collect() };
    let mut axes: Vec<Axis> = (0..n).map(axis).collect();
    axes.sort_by(|a, b| b.value.total_cmp(&a.value));
    axes
}

/// Turns the plane of `p` and `q` so that `a[p][q]` becomes 0.
fn rotate(a: &mut [f64], vectors: &mut [f64], n: usize, p: usize, q: usize) {
    let apq = a[p * n + q];
    if apq == 0.0 {
        return;
    }
    let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * apq);
    let tan = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cos = 1.0 / (tan * tan + 1.0).sqrt();
    let sin = tan * cos;
    let turn = |m: &mut [f64], i: usize, j: usize| {
        let (x, y) = (m[i], m[j]);
        (m[i], m[j]) = (cos * x - sin * y, sin * x + cos * y);
    };
    (0..n).for_each(|k| turn(a, k * n + p, k * n + q));
    (0..n).for_each(|k| turn(a, p * n + k, q * n + k));
    (0..n).for_each(|k| turn(vectors, k * n + p, k * n + q));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_of_a_small_matrix_are_those_worked_out_by_hand() {
        // 2 1 / 1 2: 3 along (1, 1), 1 across.
        let axes = axes(vec![2.0, 1.0, 1.0, 2.0], 2);
        assert!((axes[0].value - 3.0).abs() < 1e-12 && (axes[1].value - 1.0).abs() < 1e-12);
        assert!((axes[0].vector[0] - axes[0].vector[1]).abs() < 1e-12);
        assert!((axes[0].vector[0].abs() - 0.5_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn axes_put_together_are_the_matrix_again() {
        let n = 24;
        let value = |i: usize, j: usize| ((i * 7 + j * 7 + i * j * 3) % 11) as f64 - 5.0;
        let a: Vec<f64> = (0..n * n).map(|at| value(at / n, at % n)).collect();
        let axes = axes(a.clone(), n);
        for (at, value) in a.iter().enumerate() {
            let again: f64 = axes.iter().map(|axis| axis.value * axis.vector[at / n] * axis.vector[at % n]).sum();
            assert!((again - value).abs() < 1e-9, "{again} for {value}");
        }
        assert!(axes.windows(2).all(|pair| pair[0].value >= pair[1].value));
    }

    #[test]
    fn a_matrix_of_zeros_has_axes_too() {
        assert!(axes(vec![0.0; 9], 3).iter().all(|axis| axis.value == 0.0));
    }
}
