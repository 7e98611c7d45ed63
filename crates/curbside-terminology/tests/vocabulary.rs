//! Which codes are in which sets, as tables.

#[cfg(test)]
mod tests {
    use curbside_source::{Diagnostics, Sources};
    use curbside_terminology::{Aliases, Vocabulary};

    const ICD: &str = "http://hl7.org/fhir/sid/icd-10-cm";
    const SNOMED: &str = "http://snomed.info/sct";
    const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";
    const ATC: &str = "http://www.whocc.no/atc";

    const ANEURYSM: &str = "\
resourceType: ValueSet
name: aneurysm
compose:
  include:
    - system: icd10cm
      concept: [{code: I67.1}]
      filter: [{property: concept, op: is-a, value: I71}, {property: concept, op: descendent-of, value: I72}]
    - {system: snomed, concept: [{code: \"432119003\"}]}
  exclude:
    - system: icd10cm
      filter: [{property: concept, op: is-a, value: I71.9}]
";

    const VASCULAR: &str = "\
resourceType: ValueSet
name: vascular
compose: {include: [{valueSet: [aneurysm]}]}
";

    const STATINS: &str = "\
drug_set: statins
ingredients:
  simvastatin: {rxnorm: [\"36567\"], atc: [C10AA01], names: [zocor], products: [{code: rxnorm|312961, strength: 20 mg}]}
  atorvastatin: {rxnorm: [\"83367\"], atc: [C10AA05], names: [lipitor]}
  others: {atc: [C10AA]}
";

    fn vocabulary() -> Vocabulary {
        let mut sources = Sources::default();
        let texts = [("aneurysm", ANEURYSM), ("vascular", VASCULAR), ("statins", STATINS)];
        let files = texts.map(|(name, text)| sources.add(format!("value-sets/{name}.yaml"), text));
        let mut found = Diagnostics::default();
        let vocabulary = Vocabulary::read(&sources, &files, &[], &mut found);
        assert!(!found.has_errors(), "{found:?}");
        vocabulary
    }

    #[test]
    fn codes_are_in_value_sets() {
        let vocabulary = vocabulary();
        let (aneurysm, vascular) = (vocabulary.value_set("aneurysm").unwrap(), vocabulary.value_set("vascular").unwrap());
        for (system, code, is_in) in [
            // With its dot, without, in any case; what lies below a branch.
            (ICD, "I67.1", true),
            (ICD, "I671", true),
            (ICD, "i67.1", true),
            (ICD, "I71", true),
            (ICD, "I71.40", true),
            (ICD, "i7140", true),
            // A single code is not a branch, a branch may leave its root out, and some of it may be excluded.
            (ICD, "I67.10", false),
            (ICD, "I72", false),
            (ICD, "I72.0", true),
            (ICD, "I71.9", false),
            (ICD, "I71.90", false),
            // A code that only begins alike.
            (ICD, "I7", false),
            (ICD, "I70.1", false),
            (ICD, "", false),
            // Other names of the system, and other systems.
            ("http://hl7.org/fhir/sid/icd-10", "I71.4", true),
            ("urn:oid:2.16.840.1.113883.6.90", "I714", true),
            ("http://hl7.org/fhir/sid/icd-9-cm", "I71.4", false),
            ("http://site.example/diagnoses", "I71.4", false),
            (SNOMED, "432119003", true),
            (SNOMED, " 432119003 ", true),
            (SNOMED, "4321190031", false),
            (SNOMED, "I71.4", false),
        ] {
            let mut found = Vec::new();
            vocabulary.value_sets_of(system, code, &mut |set| found.push(set));
            assert_eq!(found.contains(&aneurysm), is_in, "{system}|{code}");
            // What includes the set holds what the set holds, and each set is told once.
            assert_eq!(found.contains(&vascular), is_in, "{system}|{code}");
            assert_eq!(found.len(), if is_in { 2 } else { 0 }, "{system}|{code}");
        }
    }

    #[test]
    fn a_site_s_own_name_for_a_system_counts_as_that_system() {
        let mut vocabulary = vocabulary();
        vocabulary.alias(&Aliases::from([("http://site.example/diagnoses".to_owned(), "icd10cm".to_owned())])).unwrap();
        let mut count = 0;
        vocabulary.value_sets_of("http://site.example/diagnoses", "I714", &mut |_| count += 1);
        assert_eq!(count, 2);
        assert!(vocabulary.alias(&Aliases::from([("x".to_owned(), "icd11".to_owned())])).is_err());
    }

    #[test]
    fn codes_stand_for_drugs() {
        let vocabulary = vocabulary();
        let names = |system: &str, code: &str| -> Vec<String> {
            let drugs = vocabulary.drugs_of(system, code).into_iter();
            let mut names: Vec<String> = drugs
                .filter_map(|drug| Some(vocabulary.drugs(drug.set)?.ingredients.get(usize::from(drug.ingredient))?.name.clone()))
                .collect();
            names.sort();
            names
        };
        assert_eq!(names(RXNORM, "36567"), ["simvastatin"]);
        assert_eq!(names(RXNORM, "312961"), ["simvastatin"]);
        assert_eq!(names(RXNORM, "365670"), [""; 0]);
        // A class stands for everything below it.
        assert_eq!(names(ATC, "C10AA05"), ["atorvastatin", "others"]);
        assert_eq!(names(ATC, "C10AA08"), ["others"]);
        assert_eq!(names(ATC, "C10AB05"), [""; 0]);
    }

    #[test]
    fn products_of_a_file_of_their_own_widen_the_set_and_await_sign_off_where_they_say_so() {
        let products = "\
products_of: statins
source: A list
ingredients:
  simvastatin: [{code: rxnorm|314231, strength: 10 mg}, {code: rxnorm|198211, strength: 40 mg, sign_off: pending}]
";
        let mut sources = Sources::default();
        let files = [sources.add("value-sets/statins.yaml", STATINS), sources.add("value-sets/statins-products.yaml", products)];
        let mut found = Diagnostics::default();
        let vocabulary = Vocabulary::read(&sources, &files, &[], &mut found);
        assert!(!found.has_errors(), "{found:?}");
        assert_eq!(vocabulary.drugs_of(RXNORM, "314231").len(), 1);
        let pending: Vec<&str> = vocabulary.pending("statins").iter().map(|pending| pending.what.as_str()).collect();
        assert_eq!(pending, ["statins: product rxnorm|198211 of simvastatin"]);
    }

    #[test]
    fn names_are_words_of_their_own() {
        let vocabulary = vocabulary();
        for (text, count) in [
            ("Simvastatin 20 MG Oral Tablet", 1),
            ("ZOCOR", 1),
            ("simvastatin/atorvastatin", 2),
            ("switched from Lipitor, tolerated", 1),
            ("nosimvastatin", 0),
            ("simvastatine", 0),
            ("statins", 0),
            ("", 0),
        ] {
            assert_eq!(vocabulary.drugs_named_in(text).len(), count, "{text}");
        }
    }
}
