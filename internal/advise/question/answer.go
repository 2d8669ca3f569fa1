package question

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
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
	ID     string `json:"id"`
	Keep   bool   `json:"keep"`
	Reason string `json:"reason"`
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
// can repair; a single finding that is wrong, or one too many, is dropped and counted.
func Findings(text string) (raw []gates.Raw, dropped int, err error) {
	var list struct {
		Findings []json.RawMessage `json:"findings"`
	}
	if err := strict(unfenced(text), &list, "findings"); err != nil {
		return nil, 0, err
	}
	for _, one := range list.Findings {
		var r gates.Raw
		if len(raw) == maxFindings ||
			strict(one, &r, "file", "start_id", "end_id", "existing_code", "category", "severity", "message", "claim", "fact_ids",
				"suggestion") != nil {
			dropped++
			continue
		}
		raw = append(raw, r)
	}
	return raw, dropped, nil
}

// Judgements reads the answer to the second question: the kept findings, by id. A finding that it does not name, or names with
// another reason than the schema's, is not kept.
func Judgements(text string) (map[string]bool, error) {
	var list struct {
		Judgements []json.RawMessage `json:"judgements"`
	}
	if err := strict(unfenced(text), &list, "judgements"); err != nil {
		return nil, err
	}
	keep := map[string]bool{}
	for _, one := range list.Judgements[:min(len(list.Judgements), 4*maxFindings)] {
		var j judgement
		if strict(one, &j, "id", "keep", "reason") != nil {
			continue
		}
		_, judged := keep[j.ID]
		keep[j.ID] = j.Keep && j.Reason == "real" && (!judged || keep[j.ID])
	}
	return keep, nil
}

func ReadSummary(text string) (Summary, error) {
	var s Summary
	if err := strict(unfenced(text), &s, "bullets", "risks", "order", "tests"); err != nil {
		return Summary{}, err
	}
	s.Bullets = s.Bullets[:min(len(s.Bullets), maxList)]
	s.Risks = s.Risks[:min(len(s.Risks), maxList)]
	s.Order = s.Order[:min(len(s.Order), maxList)]
	s.Tests = s.Tests[:min(len(s.Tests), maxList)]
	return s, nil
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

// strict decodes one JSON object that has exactly these keys at its top, in this spelling, and nothing unknown below.
// The error says to the model how to fix its answer, and quotes only key names, cut.
func strict(data []byte, into any, keys ...string) error {
	if len(data) > llm.MaxAnswerBytes {
		return fmt.Errorf("the answer has %d bytes, of at most %d", len(data), llm.MaxAnswerBytes)
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(data, &top); err != nil {
		return fmt.Errorf("the answer is not one JSON object: %w", plainJSON(err))
	}
	if top == nil {
		return errors.New("the answer is null")
	}
	for _, k := range keys {
		if _, ok := top[k]; !ok {
			return fmt.Errorf("the key %q is missing", k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(top)) {
		if !slices.Contains(keys, k) {
			return fmt.Errorf("the key %q is not known", text.ClipBytes(k, 40))
		}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return plainJSON(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("text after the JSON object")
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
