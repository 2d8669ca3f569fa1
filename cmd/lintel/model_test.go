package main

import (
	"net/http/httptest"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lintel-review/lintel/internal/eval/cases"
	fakemodel "github.com/lintel-review/lintel/internal/fake/model"
)

// endpointKey holds the scripted model of a script.
type endpointKey struct{}

// model starts a scripted endpoint and puts its address into $MODEL: "model", with "can=json_object,tool" for the ways
// that it knows, "fault=NAME" for what goes wrong, "says=TEXT" for another answer than the right one, "case=FILE" for
// the answers of a case of evals, "key=TEXT" for the key that it wants. "model sent TEXT" asks whether a question held
// the text.
func model(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) > 0 && args[0] == "sent" {
		held := false
		for _, q := range (*ts.Value(endpointKey{}).(**fakemodel.Endpoint)).Asked() {
			held = held || strings.Contains(string(q.Body), args[1])
		}
		if held == neg {
			ts.Fatalf("a question held %q: %v", args[1], held)
		}
		return
	}
	var say func(fakemodel.Question) string
	s, turn := fakemodel.Script{}, fakemodel.Turn{Text: `{"sum":42}`}
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		switch name {
		case "can":
			s.Can = strings.FieldsFunc(value, func(r rune) bool { return r == ',' })
		case "fault":
			turn.Fault = fakemodel.Fault(value)
		case "says":
			turn.Text = value
		case "case":
			raw, err := os.ReadFile(ts.MkAbs(value))
			ts.Check(err)
			all, err := cases.Parse(map[string][]byte{"case.txtar": raw}, nil)
			ts.Check(err)
			played := all["case"]
			say = func(q fakemodel.Question) string { return played.Speak(1, q.Schema, q.User) }
		case "key":
			s.Key = value
		default:
			ts.Fatalf("usage: model [can=WAYS] [fault=NAME] [says=TEXT] [case=FILE] [key=TEXT]")
		}
	}
	turn.Say = say
	s.Turns = []fakemodel.Turn{turn}
	fake := fakemodel.New(s)
	server := httptest.NewServer(fake)
	ts.Defer(server.Close)
	*ts.Value(endpointKey{}).(**fakemodel.Endpoint) = fake
	ts.Setenv("MODEL", server.URL+"/v1")
}
