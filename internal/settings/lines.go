package settings

// Lines says where a settings file sets modes: the line, from 1, of each family's "mode" and of each rule below
// "rules", by the name of the family or the rule. What the file does not name is not in it; a file that cannot be read
// names nothing.
func Lines(data []byte) map[string]int {
	out := map[string]int{}
	doc, _ := parse(data)
	if doc == nil {
		return out
	}
	for _, family := range Families() {
		if doc.Has(family, "mode") {
			out[family] = doc.KeyProblem("", family, "mode").Line
		}
	}
	rules, _ := doc.Value("rules").(map[string]any)
	for id := range rules {
		if doc.Has("rules", id, "mode") {
			out[id] = doc.KeyProblem("", "rules", id, "mode").Line
		}
	}
	return out
}
