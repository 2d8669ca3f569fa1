package openai_test

import (
	"encoding/json"
	"strings"
	"testing"

	fakemodel "github.com/lintel-review/lintel/internal/fake/model"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/openai"
)

// A local model that nobody described thinks longer than the answer may be: the first question shows it, and the second
// has room.
func TestRoomForReasoningIsLearned(t *testing.T) {
	s := play(t, fakemodel.Script{Turns: []fakemodel.Turn{{Text: good, Thinks: 3_000}}}, openai.Config{}, openai.Model{})
	_, err := s.asker.Ask(t.Context(), question())
	p, ok := llm.ProblemOf(err)
	if !ok || p.Kind != llm.Length || !p.Learned || p.Usage.Reasoning != 3_000 {
		t.Fatalf("%+v", err)
	}
	answer, err := s.asker.Ask(t.Context(), question())
	if err != nil || answer.Text != good || answer.Finish != llm.Stop {
		t.Fatalf("%+v, %v", answer, err)
	}
	if got, was := s.Asked()[1].Limit, s.Asked()[0].Limit; was != 500 || got != 500+openai.Thinking || s.asker.Room(500) != got {
		t.Errorf("asked for %d tokens, and then for %d", was, got)
	}
}

func TestACutAnswerIsItsBeginning(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"after a thought":      {"I look.</think>\n{\"ok\":true," + strings.Repeat(" ", 60), `{"ok":true,`},
		"in a fence":           {"```json\n{\"ok\":true," + strings.Repeat(" ", 60), `{"ok":true,`},
		"an unended thought":   {"<think>I look at {x} and " + strings.Repeat("y", 60), ""},
		"no JSON in it so far": {"Let me see. " + strings.Repeat("y", 60), ""},
	} {
		s := play(t, fakemodel.Script{Turns: []fakemodel.Turn{{Text: tt.text, Fault: fakemodel.Length}}}, openai.Config{}, openai.Model{})
		answer, err := s.asker.Ask(t.Context(), question())
		p, failed := llm.ProblemOf(err)
		if answer.Text != tt.want || failed != (tt.want == "") || failed && p.Kind != llm.Length || !failed && answer.Finish != llm.Cut {
			t.Errorf("%s: %+v, %v", name, answer, err)
		}
	}
}

func TestRoom(t *testing.T) {
	local := openai.Lookup("deepseek-r1:14b", []openai.Model{{Name: "deepseek-r1*", Window: 32_768, Reasoning: true}})
	for _, tt := range []struct {
		m    openai.Model
		want int
	}{
		{openai.Lookup("gpt-4o", nil), 4_000},
		{openai.Lookup("gpt-5-mini", nil), 10_000},
		{local, 10_000},
		{openai.Lookup("x", []openai.Model{{Name: "x", Window: 32_768, Reasoning: true, ReasoningTokens: 12_000}}), 16_000},
		{openai.Lookup("x", []openai.Model{{Name: "x", MaxOutput: 8_192, Reasoning: true}}), 8_192},
		{openai.Lookup("x", []openai.Model{{Name: "x", Window: 8_192, Reasoning: true}}), 8_192 * 2 / 3},
	} {
		if got := tt.m.Room(4_000); got != tt.want {
			t.Errorf("%+v: room for %d, want %d", tt.m, got, tt.want)
		}
	}
}

// What the operator sets for models that think goes with each question, and is left out where it is refused.
func TestEffortAndTemplate(t *testing.T) {
	set := openai.Config{Effort: "low", Template: map[string]any{"enable_thinking": false}}
	for _, refuses := range [][]string{nil, {"reasoning_effort", "chat_template_kwargs"}} {
		s := play(t, fakemodel.Script{Refuses: refuses, Turns: []fakemodel.Turn{{Text: good}}}, set, openai.Model{})
		for range 2 {
			if answer, err := s.asker.Ask(t.Context(), question()); err != nil || answer.Text != good {
				t.Fatalf("%+v, %v", answer, err)
			}
		}
		asked := s.Asked()
		var last struct {
			Effort   string         `json:"reasoning_effort"`
			Template map[string]any `json:"chat_template_kwargs"`
		}
		if err := json.Unmarshal(asked[len(asked)-1].Body, &last); err != nil {
			t.Fatal(err)
		}
		if taken := refuses == nil; (last.Effort == "low") != taken || (last.Template != nil) != taken || len(asked) != 2+len(refuses) {
			t.Errorf("refuses %v: %+v after %d questions", refuses, last, len(asked))
		}
		if s.conn.Output(s.Model()) != openai.Schema {
			t.Error("the form of answers suffered")
		}
	}
}
