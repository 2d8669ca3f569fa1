package model

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func post(t *testing.T, e *Endpoint, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://x/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := e.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

const hello = `{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"hello there"}]}`

// TestHonest: whatever name the script wants, the answer's says that it is scripted.
func TestHonest(t *testing.T) {
	for name, want := range map[string]string{"": "lintel-scripted", "gpt-5": "lintel-scripted-gpt-5",
		"lintel-scripted-demo": "lintel-scripted-demo"} {
		e := New(Script{Model: name, Turns: []Turn{{Text: "hi"}}})
		if _, body := post(t, e, hello); e.Model() != want || !strings.Contains(body, `"model":"`+want+`"`) {
			t.Errorf("%s: %s", want, body)
		}
	}
}

// TestScript: turns are used up in order, and an endpoint without a turn says so.
func TestScript(t *testing.T) {
	e := New(Script{Turns: []Turn{{Times: 1, Text: "one"}, {Times: 1, Holds: "there", Text: "two"}, {Holds: "elsewhere", Text: "never"}}})
	for i, want := range []string{"one", "two", "no turn of the script"} {
		status, body := post(t, e, hello)
		if !strings.Contains(body, want) || (i == 2) != (status == http.StatusServiceUnavailable) {
			t.Errorf("%d: %d %s", i, status, body)
		}
	}
	if asked := e.Asked(); len(asked) != 3 || asked[2].User != "hello there" || string(asked[0].Body) != hello {
		t.Errorf("kept %+v", asked)
	}
	if again, first := New(Script{Turns: []Turn{{Text: "x"}}}), New(Script{Turns: []Turn{{Text: "x"}}}); true {
		_, a := post(t, again, hello)
		_, b := post(t, first, hello)
		if a != b {
			t.Errorf("equal scripts differ: %s, %s", a, b)
		}
	}
}

func TestSpoil(t *testing.T) {
	const text = `{"findings":[{"path":"a.go","start":"R0012","quote":"x := 1","message":"This is wrong."}]}`
	for f, want := range map[Fault]string{
		"": text, WrongLines: `"R90012"`, InventedQuote: "launchMissiles", Orders: "@admin", OverLong: "and so on and so on",
		MoreKeys: `"conclusion":"success"`,
		Prose:    "```json\n" + text + "\n```", Thinking: "</think>\n\n" + text, BrokenJSON: `"This is wrong."}]`,
	} {
		if got := spoil(f, text); !strings.Contains(got, want) || f != "" && got == text {
			t.Errorf("%s: %s", f, got)
		}
	}
}
