//! `curbside drugs import` on a few invented drugs in RxNorm's files.

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests read and write files")]

    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};

    use curbside_source::{Diagnostics, Sources};
    use curbside_terminology::Vocabulary;

    const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";

    const SET: &str = "\
drug_set: examples
ingredients:
  examplamine: {rxnorm: [\"1001\"], min_daily_dose: {dose: 50 mg/day}}
  exampother: {combination: [examplamine, rxnorm|1002], counts_as: examplamine}
  nothingine: {rxnorm: [\"1999\"]}
";

    const PRODUCTS: &str = "\
# Written by `curbside drugs import`; not edited.
products_of: examples
source: \"RxNorm, release 26AA_260901F\"
ingredients:
  examplamine:
    - {code: rxnorm|3001, strength: 50 mg, title: \"examplamine 50 MG Oral Tablet\"}
    - {code: rxnorm|3002, strength: 100 mg, title: \"examplamine 100 MG Oral Tablet\"}
    - {code: rxnorm|3003, title: \"examplamine 20 MG/ML Oral Solution\"}
    - {code: rxnorm|4001, strength: 50 mg, title: \"examplamine 50 MG Oral Tablet [Exemplar \\\"Plus\\\"]\"}
    - {code: rxnorm|5001, title: \"{7 (examplamine 50 MG Oral Tablet) / 7 (examplamine 100 MG Oral Tablet) } Pack\"}
  exampother:
    - {code: rxnorm|3004, strength: 50 mg, title: \"examplamine 50 MG / otherine 10 MG Oral Tablet\"}
";

    fn folder(name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("examples.yaml"), SET).unwrap();
        folder
    }

    fn import(folder: &Path, rrf: &str, more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_curbside"));
        command.args(["drugs", "import", "--rrf", rrf, "--set"]).arg(folder.join("examples.yaml")).args(more).output().unwrap()
    }

    #[test]
    fn products_of_the_ingredients_are_written_beside_the_set() {
        let folder = folder("drugs-import");
        let output = import(&folder, "tests/data/rrf", &[]);
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{words}");
        assert!(words.contains("6 products, 4 with a strength") && words.contains("no products of nothingine"), "{words}");
        assert_eq!(fs::read_to_string(folder.join("examples-products.yaml")).unwrap(), PRODUCTS);
    }

    #[test]
    fn what_is_written_widens_the_set() {
        let mut sources = Sources::default();
        let files = [sources.add("value-sets/examples.yaml", SET), sources.add("value-sets/examples-products.yaml", PRODUCTS)];
        let mut found = Diagnostics::default();
        let vocabulary = Vocabulary::read(&sources, &files, &[], &mut found);
        assert!(!found.has_errors(), "{found:?}");
        let of = |code: &str| -> Vec<(String, Option<String>)> {
            let drugs = vocabulary.drugs_of(RXNORM, code).into_iter();
            let facts = drugs.filter_map(|drug| {
                let facts = vocabulary.drugs(drug.set)?.ingredients.get(usize::from(drug.ingredient))?;
                let product = facts.products.get(usize::try_from(drug.product?).ok()?)?;
                Some((facts.name.clone(), product.strength.as_ref().map(ToString::to_string)))
            });
            facts.collect()
        };
        assert_eq!(of("4001"), [("examplamine".to_owned(), Some("50 mg".to_owned()))]);
        assert_eq!(of("3004"), [("exampother".to_owned(), Some("50 mg".to_owned()))]);
        assert_eq!(of("5001"), [("examplamine".to_owned(), None)]);
        assert_eq!(of("3005"), []);
    }

    #[test]
    fn national_codes_are_written_where_they_are_asked_for() {
        let folder = folder("drugs-import-ndc");
        assert!(import(&folder, "tests/data/rrf", &["--ndc"]).status.success());
        let text = fs::read_to_string(folder.join("examples-products.yaml")).unwrap();
        assert!(text.contains("- {code: ndc|00000111122, strength: 50 mg, title: \"examplamine 50 MG Oral Tablet\"}"), "{text}");
        assert!(!text.contains("00000111133") && !text.contains("00000999999"), "{text}");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = folder("drugs-import-nothing");
        let output = import(&folder, "tests/data", &[]);
        assert_eq!(output.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&output.stderr).contains("RXNCONSO.RRF"));
        fs::write(folder.join("examples.yaml"), "drug_sett: examples\n").unwrap();
        let output = import(&folder, "tests/data/rrf", &[]);
        assert_eq!(output.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `drug_set`?"));
    }
}
