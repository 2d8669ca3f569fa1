package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// writes finds the table of a statement that writes, in the text of a program.
var writes = regexp.MustCompile("`(?:INSERT INTO|UPDATE|DELETE FROM) ([a-z_]+)")

// tablesOf are the tables that each room alone writes. The whole record beside them prunes what is past its retention.
var tablesOf = map[string]string{
	"audit":         "audit audit_end",
	"changes":       "change forgotten history known_name mark report_wait repository",
	"checkruns":     "check_result check_run",
	"control":       "command false_alarm gate_switch gate_verdict mute override",
	"consults":      "consult",
	"deliveries":    "ci_run delivery",
	"effects":       "effect outcome point release",
	"fleet":         "watched",
	"flow":          "actor beginning deployment flow_day flow_event flow_fact incident",
	"landings":      "landing",
	"limits":        "forge_limit",
	"outcomes":      "demotion posted tally",
	"pasts":         "backfill",
	"processes":     "judged_by process",
	"reports":       "report report_raw token_used",
	"responses":     "response",
	"spending":      "answer spend",
	"tokens":        "upload_token",
	"sessions":      "session signin",
	"verdicts":      "evidence verdict",
	"sqldb":         "",
	"organisations": "organisation organisation_file",
}

// TestEachRoomAloneWritesItsTables reads the statements of every room.
func TestEachRoomAloneWritesItsTables(t *testing.T) {
	rooms, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range rooms {
		name := room.Name()
		if !room.IsDir() || name == "migrations" || name == "storetest" || name == "testdata" {
			continue
		}
		files, err := filepath.Glob(filepath.Join(name, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range writes.FindAllStringSubmatch(string(text), -1) {
				found = append(found, m[1])
			}
		}
		slices.Sort(found)
		if got, want := strings.Join(slices.Compact(found), " "), tablesOf[name]; got != want {
			t.Errorf("%s writes the tables %q, want %q", name, got, want)
		}
	}
}
