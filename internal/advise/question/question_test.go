package question

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/gates"
)

// object is a JSON Schema, as far as these use it.
type object struct {
	Type       any               `json:"type"`
	More       *bool             `json:"additionalProperties"`
	Required   []string          `json:"required"`
	Properties map[string]object `json:"properties"`
	Items      *object           `json:"items"`
	Enum       []string          `json:"enum"`
}

func TestSchemasAreStrict(t *testing.T) {
	for name, text := range map[string]string{"find": findSchema, "verify": verifySchema, "summary": summarySchema} {
		dec := json.NewDecoder(strings.NewReader(text))
		dec.DisallowUnknownFields()
		var top object
		if err := dec.Decode(&top); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var walk func(at string, o object)
		walk = func(at string, o object) {
			if o.Type == "object" {
				if o.More == nil || *o.More || len(o.Required) != len(o.Properties) {
					t.Errorf("%s: not every key is required, or others are allowed", at)
				}
				for k, p := range o.Properties {
					if !slices.Contains(o.Required, k) {
						t.Errorf("%s.%s is not required", at, k)
					}
					walk(at+"."+k, p)
				}
			}
			if o.Items != nil {
				walk(at+"[]", *o.Items)
			}
		}
		walk(name, top)
	}
	var find object
	if err := json.Unmarshal([]byte(findSchema), &find); err != nil {
		t.Fatal(err)
	}
	one := find.Properties["findings"].Items.Properties
	var categories []string
	for _, c := range advice.Categories() {
		categories = append(categories, string(c))
	}
	if !slices.Equal(one["category"].Enum, categories) || !slices.Equal(one["claim"].Enum, gates.Claims()) {
		t.Errorf("the schema's enumerations are others than the gates': %v, %v", one["category"].Enum, one["claim"].Enum)
	}
}

const whole = `{"file":"P1","start_id":"R1","end_id":"R1","existing_code":"x","category":"security","severity":"low",` +
	`"message":"m","claim":"none","fact_ids":[],"suggestion":null}`

func TestFindings(t *testing.T) {
	for name, c := range map[string]struct {
		in            string
		kept, dropped int
		ignored       int
		wrong         bool
	}{
		"none":       {in: `{"findings":[]}`},
		"one":        {in: `{"findings":[` + whole + `]}`, kept: 1},
		"in a fence": {in: "```json\n{\"findings\":[" + whole + "]}\n```\n", kept: 1},
		"an unknown key in one": {
			in:      `{"findings":[` + strings.Replace(whole, `"file"`, `"verdict":1,"file"`, 1) + `,` + whole + `]}`,
			kept:    2,
			ignored: 1,
		},
		"no claim":      {in: `{"findings":[` + strings.Replace(whole, `"claim":"none",`, "", 1) + `]}`, kept: 1},
		"no suggestion": {in: `{"findings":[` + strings.Replace(whole, `,"suggestion":null`, "", 1) + `]}`, kept: 1},
		"no facts":      {in: `{"findings":[` + strings.Replace(whole, `"fact_ids":[],`, "", 1) + `]}`, kept: 1},
		"null facts":    {in: `{"findings":[` + strings.Replace(whole, `[]`, `null`, 1) + `]}`, kept: 1},
		"a missing key": {in: `{"findings":[` + whole + `,` + strings.Replace(whole, `"message":"m",`, "", 1) + `]}`, kept: 1, dropped: 1},
		"all without a key": {
			in: `{"findings":[` + strings.Replace(whole, `"message":"m",`, "", 1) + `]}`, wrong: true},
		"another spelling": {
			in: `{"findings":[` + whole + `,` + strings.Replace(whole, `"file"`, `"File"`, 1) + `]}`, kept: 1, dropped: 1},
		"a wrong type in one": {
			in: `{"findings":[` + whole + `,` + strings.Replace(whole, `"m"`, `7`, 1) + `, 3, null]}`, kept: 1, dropped: 3},
		"21": {
			in:      `{"findings":[` + strings.TrimSuffix(strings.Repeat(whole+",", 21), ",") + `]}`,
			kept:    20,
			dropped: 1,
		},
		"prose":                 {in: `All good!`, wrong: true},
		"prose after it":        {in: `{"findings":[]} All good!`, wrong: true},
		"another key beside it": {in: `{"findings":[],"approve":true}`, ignored: 1},
		"a list":                {in: `[]`, wrong: true},
		"null":                  {in: `null`, wrong: true},
		"nothing":               {in: ``, wrong: true},
		"cut":                   {in: `{"findings":[` + whole[:40], wrong: true},
		"the key is missing":    {in: `{}`, wrong: true},
		"not a list":            {in: `{"findings":"none"}`, wrong: true},
		"larger than the limit": {in: `{"findings":[` + strings.TrimSuffix(strings.Repeat(whole+",", 1000), ",") + `]}`, wrong: true},
	} {
		got, dropped, ignored, err := Findings(c.in)
		if len(got) != c.kept || dropped != c.dropped || ignored != c.ignored || (err != nil) != c.wrong {
			t.Errorf("%s: %d kept, %d dropped, %d keys ignored, %v", name, len(got), dropped, ignored, err)
		}
		for _, r := range got {
			if r.Claim != "none" || len(r.Facts) > 0 || r.Suggestion != nil {
				t.Errorf("%s: %+v", name, r)
			}
		}
		if err != nil && (strings.Contains(err.Error(), "All good") || len(err.Error()) > 300) {
			t.Errorf("%s: the error repeats the answer: %v", name, err)
		}
	}
}

func TestJudgements(t *testing.T) {
	keep, ignored, err := Judgements(
		`{"judgements":[{"id":"N1","evidence_ids":["P1:R0001"],"keep":true,"reason":"real"},{"id":"N2","keep":true,"reason":"wrong"},{"id":"N3","keep":false,"reason":"real"},
		{"id":"N4","evidence_ids":["P1:R0001"],"keep":true,"reason":"real","x":1},{"id":"N5","evidence_ids":["P1:R0001"],"keep":true,"reason":"real"},{"id":"N5","keep":false,"reason":"style"}]}`, shownAll)
	if err != nil || ignored != 1 {
		t.Fatal(ignored, err)
	}
	for id, want := range map[string]bool{"N1": true, "N2": false, "N3": false, "N4": true, "N5": false, "N9": false} {
		if keep[id] != want {
			t.Errorf("%s kept: %v", id, keep[id])
		}
	}
	if _, _, err := Judgements(`{"judgements":[{"id":"N1","keep":true}]}`, shownAll); err == nil {
		t.Error("no judgement can be read, and nobody asks again")
	}
}

func TestReadSummary(t *testing.T) {
	s, ignored, err := ReadSummary(`{"bullets":[{"text":"t","file_ids":["P1"],"x":1},{"text":7},null],"mood":"good"}`)
	if err != nil || ignored != 1 || len(s.Bullets) != 1 || s.Bullets[0].Text != "t" || len(s.Risks)+len(s.Order)+len(s.Tests) > 0 {
		t.Errorf("%+v, %d, %v", s, ignored, err)
	}
	for _, in := range []string{`{}`, `{"mood":"good"}`, `{"bullets":"none"}`} {
		if _, _, err := ReadSummary(in); err == nil {
			t.Errorf("%s is a summary", in)
		}
	}
}

func TestMarksAreOfChance(t *testing.T) {
	q := Find("", "")
	q.Data = "x"
	a, b := q.Request([]byte("one seed of sixteen"), 0, "", 10, 1), q.Request([]byte("another one of sixteen"), 0, "", 10, 1)
	if a.User == b.User || a.Key != b.Key {
		t.Error("the mark is no chance, or the key knows it")
	}
	q.Data = "y"
	if q.Request([]byte("one seed of sixteen"), 0, "", 10, 1).Key == a.Key {
		t.Error("other data, the same key")
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add(`{"findings":[` + whole + `]}`)
	f.Add("```json\n{\"judgements\":[{\"id\":\"N1\",\"keep\":true,\"reason\":\"real\"}]}\n```")
	f.Add(`{"bullets":[{"text":"t","file_ids":["P1"],"fact_ids":[]}],"risks":[],"order":[{"file_id":"P1","why":"w"}],"tests":[]}`)
	f.Add("```")
	f.Fuzz(func(t *testing.T, text string) {
		if raw, _, _, err := Findings(text); err == nil && len(raw) > maxFindings {
			t.Fatalf("%d findings", len(raw))
		}
		if _, _, err := Judgements(text, shownAll); err != nil && len(err.Error()) > 400 {
			t.Fatal(err)
		}
		if s, _, err := ReadSummary(text); err == nil && len(s.Bullets)+len(s.Risks)+len(s.Order)+len(s.Tests) > 4*maxList {
			t.Fatalf("%+v", s)
		}
	})
}

func TestWhole(t *testing.T) {
	for in, want := range map[string]string{
		`{"findings":[{"a":"}]"},{"b":[1,`:             `{"findings":[{"a":"}]"}]}`,
		`{"findings":[{"a":"\\\""},`:                   `{"findings":[{"a":"\\\""}]}`,
		`{"findings":[{"a":1}],`:                       `{"findings":[{"a":1}]}`,
		`{"bullets":[{"t":"x"}],"risks":[{"t":"y`:      `{"bullets":[{"t":"x"}]}`,
		`{"findings":[{"a":"cut in the middle of a te`: "",
		`{"findings":[`:                                "",
		`{"a":1}`:                                      "",
		`}{`:                                           "",
		`[[]]`:                                         "",
		``:                                             "",
	} {
		if got, ok := Whole(in); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q, %v, want %q", in, got, ok, want)
		}
	}
}

func FuzzWhole(f *testing.F) {
	f.Add(`{"findings":[{"a":"}]"},{"b":[1,`)
	f.Fuzz(func(t *testing.T, in string) {
		if got, ok := Whole(in); ok && !json.Valid([]byte(got)) {
			t.Errorf("%q became %q", in, got)
		}
	})
}

func TestASummaryWithoutAReadableEntryIsAnError(t *testing.T) {
	if _, _, err := ReadSummary(`{"bullets":["text","more"]}`); err == nil {
		t.Error("read as an empty summary")
	}
	if s, _, err := ReadSummary(`{"bullets":["text",{"text":"t","file_ids":["P1"]}]}`); err != nil || len(s.Bullets) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

// shownAll takes every line for shown.
func shownAll(string) bool { return true }

// TestEvidence: a finding is kept by lines that were shown, and by nothing else.
func TestEvidence(t *testing.T) {
	shown := func(id string) bool { return id == "P1:R0001" || id == "P1:R0002" }
	for evidence, want := range map[string]bool{
		`["P1:R0001"]`: true, `["P1:R0001"," P1:R0002 "]`: true, `[]`: false, `["P1:R0003"]`: false, `["P1:R0001","P2:R0001"]`: false,
	} {
		keep, _, err := Judgements(`{"judgements":[{"id":"N1","evidence_ids":`+evidence+`,"reason":"real","keep":true}]}`, shown)
		if err != nil || keep["N1"] != want {
			t.Errorf("%s: kept %v, %v", evidence, keep["N1"], err)
		}
	}
	if keep, _, err := Judgements(`{"judgements":[{"id":"N1","reason":"real","keep":true}]}`, shown); err != nil || keep["N1"] {
		t.Errorf("without evidence: %v, %v", keep, err)
	}
}
