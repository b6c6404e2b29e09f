//! Comparisons with explicit tolerances.

/// |actual − expected| ≤ rel · |expected|, with no absolute floor.
#[track_caller]
pub(crate) fn assert_close(actual: f64, expected: f64, rel: f64) {
    assert!(
        approx::relative_eq!(actual, expected, epsilon = 0.0, max_relative = rel),
        "{actual:e} is not {expected:e} within {rel:e} relative"
    );
}

/// |actual − expected| ≤ abs.
#[track_caller]
pub(crate) fn assert_near(actual: f64, expected: f64, abs: f64) {
    assert!(approx::abs_diff_eq!(actual, expected, epsilon = abs), "{actual} is not {expected} within {abs:e}");
}
