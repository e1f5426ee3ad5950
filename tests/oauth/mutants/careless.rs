
/// The claims as a careless program reads them: the last of two counts, other types are converted, and what is absent
/// has a value.
pub(crate) fn careless(claims: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    use serde_json::{Map, Value, json};
    let (twice, types) = (mutant("claims twice"), mutant("claims of other types"));
    let (absent, unreadable) = (mutant("claims absent"), mutant("claims unreadable"));
    if !(twice || types || absent || unreadable) {
        return claims.into();
    }
    let mut all = match serde_json::from_slice::<Map<String, Value>>(claims) {
        Ok(all) => all,
        Err(_) if unreadable => Map::new(),
        Err(_) => return claims.into(),
    };
    if absent || all.is_empty() {
        for (name, value) in
            [("iss", json!("")), ("sub", json!("nobody")), ("aud", json!([])), ("exp", json!(4e9)), ("iat", json!(0))]
        {
            all.entry(name).or_insert(value);
        }
    }
    if types {
        for (name, value) in &mut all {
            let number = value.as_str().and_then(|text| text.parse::<i64>().ok());
            *value = match (name.as_str(), &*value, number) {
                ("exp" | "nbf", _, Some(number)) => json!(number),
                ("sub", Value::Number(number), _) => json!(number.to_string()),
                ("iss", Value::Array(several), _) => several.first().cloned().unwrap_or_default(),
                ("aud", Value::Object(names), _) => json!(names.keys().collect::<Vec<_>>()),
                _ => continue,
            };
        }
    }
    Value::Object(all).to_string().into_bytes().into()
}
