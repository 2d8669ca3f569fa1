package organisationpreview

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/settings"
)

// differing are the families that two settings could judge differently, sorted.
func differing(a, b settings.Settings) []string {
	if a.Cap != b.Cap {
		return family.Names(false)
	}
	left, right := membersOf(settings.Canonical(a)), membersOf(settings.Canonical(b))
	var out []string
	add := func(name string) {
		of, _, _ := strings.Cut(name, "/")
		if slices.Contains(family.Names(false), of) && !slices.Contains(out, of) {
			out = append(out, of)
		}
	}
	for _, name := range unequal(left, right) {
		add(name)
		if name != "rules" && name != "least" && name != "floors" {
			continue
		}
		for _, below := range unequal(membersOf(left[name]), membersOf(right[name])) {
			add(below)
		}
	}
	slices.Sort(out)
	return out
}

// membersOf takes a JSON object apart; what is none has no members.
func membersOf(raw []byte) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}

// unequal are the names whose values differ.
func unequal(a, b map[string]json.RawMessage) []string {
	var out []string
	for name, value := range a {
		if !bytes.Equal(value, b[name]) {
			out = append(out, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			out = append(out, name)
		}
	}
	return out
}
