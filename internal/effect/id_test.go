package effect

import (
	"encoding/json"
	"testing"
)

// An effect that was stored with a number is read, and an id that is a number is stored as one: a worker of the version
// before can share the database.
func TestIDs(t *testing.T) {
	for stored, want := range map[string]ID{
		`{"edits":77}`: "77", `{"edits":0}`: "", `{}`: "", `{"edits":null}`: "",
		`{"edits":"6a9c1750b37d513a43987b574953fceb50b03ce7"}`: "6a9c1750b37d513a43987b574953fceb50b03ce7",
		`{"edits":"77"}`: "77", `{"edits":"077"}`: "077",
	} {
		var c Comment
		if err := json.Unmarshal([]byte(stored), &c); err != nil || c.Edits != want {
			t.Errorf("%s gives %q, %v; want %q", stored, c.Edits, err, want)
		}
	}
	for _, bad := range []string{`{"edits":1.5}`, `{"edits":[]}`, `{"edits":true}`, `{"edits":99999999999999999999}`} {
		if err := json.Unmarshal([]byte(bad), new(Comment)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
	for id, want := range map[ID]string{"77": `77`, "": `""`, "077": `"077"`, "-0": `"-0"`, "6a9c": `"6a9c"`} {
		if got, err := json.Marshal(id); err != nil || string(got) != want {
			t.Errorf("%q is stored as %s, %v; want %s", id, got, err, want)
		}
	}
	if n := ID("6a9c").Number(); n != 0 {
		t.Errorf("a text is the number %d", n)
	}
}
