//! "did you mean": the nearest of the names that would have been right.

/// The nearest candidate, when it is near enough to be a likely slip.
pub fn near<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = name.to_lowercase();
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|c| (distance(&folded, &c.to_lowercase()), c))
        .filter(|(d, c)| {
            *d <= limit
                || c.to_lowercase() == folded
                || (folded.len() >= 4 && c.to_lowercase().starts_with(&folded))
        })
        .min_by_key(|(d, _)| *d)
        .map(|(_, c)| c)
}

/// Edit distance with neighbours swapped counting as one (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let swap = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + swap);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn slips_are_recognised() {
        let names = ["GLAccount", "CompanyCode", "DocumentDate"];
        assert_eq!(near("GLAcount", names), Some("GLAccount"));
        assert_eq!(near("companycode", names), Some("CompanyCode"));
        assert_eq!(near("DocumentDtae", names), Some("DocumentDate"));
        assert_eq!(near("Profit", names), None);
    }
}
