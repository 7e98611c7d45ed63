//! Reads the table of types.

use hashbrown::HashMap;

use super::{Element, Form, Model, NameId, Type, TypeId, TypeKind};

/// The types an element written `=?` may hold: those of `Extension.value`.
const OPEN: &str = "Extension";

/// One line: kind, name, base, elements.
struct Line {
    kind: char,
    name: &'static str,
    base: &'static str,
    elements: Vec<&'static str>,
}

pub(super) fn read(table: &'static str) -> Model {
    let lines: Vec<Line> = table.lines().filter(|line| !line.starts_with('#')).filter_map(line).collect();
    let mut loader = Loader { names: Vec::new(), name_ids: HashMap::new(), types: Vec::new(), type_ids: HashMap::new() };
    for known in TypeId::KNOWN {
        loader.add_type(known);
    }
    for line in &lines {
        loader.add_type(line.name);
    }
    let by_name: HashMap<&str, &Line> = lines.iter().map(|line| (line.name, line)).collect();
    for line in &lines {
        let base = loader.type_ids.get(line.base).copied();
        if let Some(t) = loader.type_ids.get(line.name).and_then(|id| loader.types.get_mut(usize::from(id.0))) {
            t.base = base;
            t.is_abstract = line.kind.is_ascii_uppercase();
            t.kind = match line.kind.to_ascii_lowercase() {
                'p' => TypeKind::Primitive,
                'r' => TypeKind::Resource,
                'b' => TypeKind::Backbone,
                _ => TypeKind::Complex,
            };
        }
    }
    let mut model = Model {
        names: Vec::new(),
        name_ids: HashMap::new(),
        types: Vec::new(),
        type_ids: HashMap::new(),
        elements: Vec::new(),
        forms: Vec::new(),
        choices: HashMap::new(),
    };
    let open: Vec<&str> = by_name
        .get(OPEN)
        .into_iter()
        .flat_map(|line| &line.elements)
        .filter_map(|e| e.strip_prefix("value#="))
        .flat_map(|list| list.split('|'))
        .collect();
    // What each line's own elements say; a type's elements are its bases' and its own.
    let mut own: HashMap<&str, Vec<Element>> = HashMap::new();
    for line in &lines {
        let elements = line.elements.iter().filter_map(|element| loader.element(line.name, element, &open, &mut model)).collect();
        own.insert(line.name, elements);
    }
    for at in 0..loader.types.len() {
        let Some(name) = loader.types.get(at).map(|t| t.name) else { continue };
        let start = model.elements.len();
        let mut ancestor = by_name.get(name);
        while let Some(line) = ancestor {
            model.elements.extend(own.get(line.name).into_iter().flatten().cloned());
            ancestor = by_name.get(line.base);
        }
        if let Some(elements) = model.elements.get_mut(start..) {
            elements.sort_by_key(|element| element.name);
        }
        let end = model.elements.len();
        if let Some(t) = loader.types.get_mut(at) {
            t.elements = start..end;
        }
    }
    Model { names: loader.names, name_ids: loader.name_ids, types: loader.types, type_ids: loader.type_ids, ..model }
}

fn line(text: &'static str) -> Option<Line> {
    let mut words = text.split(' ');
    Some(Line { kind: words.next()?.chars().next()?, name: words.next()?, base: words.next()?, elements: words.collect() })
}

struct Loader {
    names: Vec<&'static str>,
    name_ids: HashMap<&'static str, NameId>,
    types: Vec<Type>,
    type_ids: HashMap<&'static str, TypeId>,
}

impl Loader {
    fn add_type(&mut self, name: &'static str) {
        if let (false, Ok(id)) = (self.type_ids.contains_key(name), u16::try_from(self.types.len())) {
            self.type_ids.insert(name, TypeId(id));
            self.types.push(Type { name, base: None, kind: TypeKind::System, is_abstract: false, elements: 0..0 });
        }
    }

    fn name(&mut self, text: &'static str) -> Option<NameId> {
        if let Some(id) = self.name_ids.get(text) {
            return Some(*id);
        }
        let id = NameId(u16::try_from(self.names.len()).ok()?);
        self.names.push(text);
        self.name_ids.insert(text, id);
        Some(id)
    }

    /// `name*#=Type|Type`
    fn element(&mut self, owner: &str, text: &'static str, open: &[&'static str], model: &mut Model) -> Option<Element> {
        let (name, types) = text.split_once('=')?;
        let (name, is_choice) = name.strip_suffix('#').map_or((name, false), |name| (name, true));
        let (name, many) = name.strip_suffix('*').map_or((name, false), |name| (name, true));
        let id = self.name(name)?;
        let start = model.forms.len();
        match types {
            "." => {
                let holds = *self.type_ids.get(format!("{owner}.{name}").as_str())?;
                model.forms.push(Form { key: id, holds });
            }
            types => {
                let listed: Vec<&'static str> = if types == "?" { open.to_vec() } else { types.split('|').collect() };
                for listed in listed {
                    let holds = *self.type_ids.get(listed)?;
                    let key = if is_choice { self.choice_key(name, listed)? } else { id };
                    if is_choice {
                        model.choices.insert(key, id);
                    }
                    model.forms.push(Form { key, holds });
                }
            }
        }
        Some(Element { name: id, many, is_choice, forms: start..model.forms.len() })
    }

    /// `value` and `dateTime` make `valueDateTime`.
    fn choice_key(&mut self, name: &str, holds: &str) -> Option<NameId> {
        let mut key = name.to_owned();
        let mut rest = holds.chars();
        key.extend(rest.next().map(|first| first.to_ascii_uppercase()));
        key.push_str(rest.as_str());
        match self.name_ids.get(key.as_str()) {
            Some(id) => Some(*id),
            // Lives as long as the model itself, which is as long as the program.
            None => self.name(Box::leak(key.into_boxed_str())),
        }
    }
}
