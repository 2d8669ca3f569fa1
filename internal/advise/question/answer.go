package question

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advise/gates"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/text"
)

// Limits of an answer, beside llm.MaxAnswerBytes.
const (
	maxFindings = 20
	maxList     = 20
)

// judgement is the second question's answer about one finding.
type judgement struct {
	ID       string   `json:"id"`
	Evidence []string `json:"evidence_ids"`
	Reason   string   `json:"reason"`
	Keep     bool     `json:"keep"`
}

// Cited is a sentence with its citations.
type Cited struct {
	Text  string   `json:"text"`
	Files []string `json:"file_ids"`
	Facts []string `json:"fact_ids"`
}

// Summary is the last question's answer.
type Summary struct {
	Bullets []Cited `json:"bullets"`
	Risks   []Cited `json:"risks"`
	Order   []struct {
		File string `json:"file_id"`
		Why  string `json:"why"`
	} `json:"order"`
	Tests []struct {
		File      string  `json:"file_id"`
		Function  string  `json:"function"`
		Behaviour string  `json:"behaviour"`
		Input     string  `json:"input"`
		Expected  string  `json:"expected"`
		Fact      string  `json:"fact_id"`
		Skeleton  *string `json:"skeleton"`
	} `json:"tests"`
}

// Findings reads the answer to the first question (G1). An answer that is wrong as a whole is an error, which the model
// can repair, and so is one without a single readable finding among several; otherwise a finding that is wrong, or one
// too many, is dropped and counted. Keys that may be absent have their empty value; ignored counts unknown ones.
func Findings(text string) (raw []gates.Raw, dropped, ignored int, err error) {
	top, ignored, err := keysOf(unfenced(text), []string{"findings"}, nil)
	if err != nil {
		return nil, 0, 0, err
	}
	list, err := items(top, "findings")
	if err != nil {
		return nil, 0, 0, err
	}
	var wrong error
	for _, one := range list {
		r, more, err := finding(one)
		ignored += more
		switch {
		case err != nil:
			dropped, wrong = dropped+1, err
		case len(raw) == maxFindings:
			dropped++
		default:
			raw = append(raw, r)
		}
	}
	if len(raw) == 0 && wrong != nil {
		return nil, 0, 0, fmt.Errorf("no finding has the form of the schema: %w", wrong)
	}
	return raw, dropped, ignored, nil
}

func finding(one json.RawMessage) (r gates.Raw, ignored int, err error) {
	keys, ignored, err := keysOf(one, []string{"file", "start_id", "end_id", "existing_code", "category", "severity", "message"},
		[]string{"claim", "fact_ids", "suggestion", "trigger"}) // a trigger is for the model's own thought
	if err != nil {
		return gates.Raw{}, ignored, err
	}
	if err := decode(keys, &r); err != nil {
		return gates.Raw{}, ignored, err
	}
	if r.Claim == "" {
		r.Claim = "none"
	}
	if key := r.Unknown(); key != "" {
		return gates.Raw{}, ignored, fmt.Errorf("the key %q has a value that the schema does not name", key)
	}
	return r, ignored, nil
}

// Whole closes an answer that was cut after the last entry that is whole. It is false when there is none.
func Whole(cut string) (string, bool) {
	var open []byte
	safe, closed := 0, ""
	inText, escaped := false, false
	for i := range len(cut) {
		c := cut[i]
		switch {
		case escaped:
			escaped = false
		case inText:
			escaped, inText = c == '\\', c != '"'
		case c == '"':
			inText = true
		case c == '{', c == '[':
			open = append(open, c+2) // the closing one
		case c == '}', c == ']':
			if len(open) == 0 || open[len(open)-1] != c {
				return "", false
			}
			open = open[:len(open)-1]
			switch string(open) {
			case "}]":
				safe, closed = i+1, "]}"
			case "}":
				safe, closed = i+1, "}"
			}
		}
	}
	whole := cut[:safe] + closed
	return whole, safe > 0 && json.Valid([]byte(whole))
}

// Judgements reads the answer to the second question: the kept findings, by id. A finding that it does not name, or names with
// another reason than the schema's, is not kept, nor is one without evidence or with a line as evidence that was not
// shown. ignored counts unknown keys.
func Judgements(text string, shown func(line string) bool) (keep map[string]bool, ignored int, err error) {
	top, ignored, err := keysOf(unfenced(text), []string{"judgements"}, nil)
	if err != nil {
		return nil, 0, err
	}
	list, err := items(top, "judgements")
	if err != nil {
		return nil, 0, err
	}
	keep = map[string]bool{}
	var wrong error
	for _, one := range list[:min(len(list), 4*maxFindings)] {
		var j judgement
		keys, more, err := keysOf(one, []string{"id", "keep", "reason"}, []string{"evidence_ids"})
		ignored += more
		if err == nil {
			err = decode(keys, &j)
		}
		if err != nil {
			wrong = err
			continue
		}
		_, judged := keep[j.ID]
		proved := len(j.Evidence) > 0 && !slices.ContainsFunc(j.Evidence, func(id string) bool { return !shown(strings.TrimSpace(id)) })
		keep[j.ID] = j.Keep && j.Reason == "real" && proved && (!judged || keep[j.ID])
	}
	if len(keep) == 0 && wrong != nil {
		return nil, 0, fmt.Errorf("no judgement has the form of the schema: %w", wrong)
	}
	return keep, ignored, nil
}

// ReadSummary reads the answer to the last question. A part that is absent is empty, and an entry that cannot be read is
// left out, unless all are. ignored counts unknown keys.
func ReadSummary(text string) (s Summary, ignored int, err error) {
	parts := []string{"bullets", "risks", "order", "tests"}
	top, ignored, err := keysOf(unfenced(text), nil, parts)
	if err != nil {
		return Summary{}, 0, err
	}
	if !slices.ContainsFunc(parts, func(k string) bool { return top[k] != nil }) {
		return Summary{}, 0, fmt.Errorf("the key %q is missing", parts[0])
	}
	all := 0
	for _, k := range parts {
		entries, err := items(top, k)
		if err != nil {
			return Summary{}, 0, err
		}
		all += len(entries)
	}
	list(top, "bullets", &s.Bullets)
	list(top, "risks", &s.Risks)
	list(top, "order", &s.Order)
	list(top, "tests", &s.Tests)
	if all > 0 && len(s.Bullets)+len(s.Risks)+len(s.Order)+len(s.Tests) == 0 {
		return Summary{}, 0, errors.New("no entry has the form of the schema")
	}
	return s, ignored, nil
}

// unfenced removes a Markdown fence around the whole answer, which endpoints without schemas add.
func unfenced(text string) []byte {
	text = strings.TrimSpace(text)
	if rest, ok := strings.CutPrefix(text, "```"); ok {
		_, rest, _ = strings.Cut(rest, "\n")
		if rest, ok = strings.CutSuffix(strings.TrimSpace(rest), "```"); ok {
			text = rest
		}
	}
	return []byte(text)
}

// keysOf reads the keys of one JSON object, in this spelling. Unknown keys are left out and counted, and so have no
// effect. The error says to the model how to fix its answer, and quotes only key names, cut.
func keysOf(data []byte, needed, optional []string) (keys map[string]json.RawMessage, ignored int, err error) {
	if len(data) > llm.MaxAnswerBytes {
		return nil, 0, fmt.Errorf("the answer has %d bytes, of at most %d", len(data), llm.MaxAnswerBytes)
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(data, &top); err != nil {
		return nil, 0, fmt.Errorf("the answer is not one JSON object: %w", plainJSON(err))
	}
	if top == nil {
		return nil, 0, errors.New("the answer is null")
	}
	for _, k := range needed {
		if _, ok := top[k]; !ok {
			return nil, 0, fmt.Errorf("the key %q is missing", k)
		}
	}
	for k := range top {
		if !slices.Contains(needed, k) && !slices.Contains(optional, k) {
			delete(top, k)
			ignored++
		}
	}
	return top, ignored, nil
}

// items are the entries of a list.
func items(top map[string]json.RawMessage, key string) (out []json.RawMessage, err error) {
	if top[key] == nil {
		return nil, nil
	}
	if err := json.Unmarshal(top[key], &out); err != nil {
		return nil, fmt.Errorf("the key %q is not a list", key)
	}
	return out, nil
}

// list reads the entries of a list as far as they can be read, and at most maxList.
func list[T any](top map[string]json.RawMessage, key string, into *[]T) {
	all, _ := items(top, key)
	for _, one := range all {
		var v T
		if bytes.HasPrefix(one, []byte("{")) && json.Unmarshal(one, &v) == nil && len(*into) < maxList {
			*into = append(*into, v)
		}
	}
}

// decode reads known keys into a value.
func decode(keys map[string]json.RawMessage, into any) error {
	data, err := json.Marshal(keys)
	if err != nil {
		return errors.New("the answer cannot be read")
	}
	if err := json.Unmarshal(data, into); err != nil {
		return plainJSON(err)
	}
	return nil
}

// plainJSON says what is wrong with JSON without its text.
func plainJSON(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		return fmt.Errorf("the key %q has the wrong type", text.ClipBytes(kind.Field, 80))
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON at byte %d", syntax.Offset)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the JSON ends too early")
	}
	return errors.New(text.ClipBytes(err.Error(), 120))
}
