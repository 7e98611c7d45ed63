//! The first lines: whose record it is, and what was asked of it.

use curbside_chart::Chart;
use curbside_chart::time::AsOf;
use serde::Deserialize;

/// As much of a name as a heading shows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    name: Vec<HumanName>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HumanName {
    text: Option<String>,
    given: Vec<String>,
    family: Option<String>,
}

/// `Ada Example, female, 45 years old (born 1981-03-02), Patient/ada`
pub(super) fn title(chart: &Chart<'_>, as_of: AsOf) -> String {
    let id = chart.patient_id().map(|id| format!("Patient/{id}"));
    let Some(held) = &chart.patient else { return id.unwrap_or_else(|| "patient not in the record".to_owned()) };
    let patient = &held.data;
    let name = serde_json::from_str::<Named>(held.raw.get()).unwrap_or_default().name.into_iter().next().map(HumanName::words);
    let birth = patient.birth_date.as_deref();
    let age = birth.and_then(|text| chart.when(text)).map(|birth| {
        let (least, most) = (as_of.day().years_since(birth.last_day()), as_of.day().years_since(birth.first_day()));
        if least == most { format!("{least} years old") } else { format!("{least} or {most} years old") }
    });
    let born = match (age, birth) {
        (Some(age), Some(birth)) => Some(format!("{age} (born {birth})")),
        _ => Some("date of birth not recorded".to_owned()),
    };
    let died = patient.is_deceased().then(|| "deceased".to_owned());
    let parts = [name, patient.gender.as_deref().map(str::to_owned), born, died, id];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

impl HumanName {
    fn words(self) -> String {
        self.text.unwrap_or_else(|| self.given.into_iter().chain(self.family).collect::<Vec<_>>().join(" "))
    }
}
