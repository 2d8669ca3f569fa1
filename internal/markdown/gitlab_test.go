package markdown

import (
	"strings"
	"testing"
)

// TestStoryTextDoesNothingOnGitLab writes what an attacker would want GitLab to do or to link: none of it is done, and a
// reader sees the same characters.
func TestStoryTextDoesNothingOnGitLab(t *testing.T) {
	for in, want := range map[string]string{
		"/merge":                `\/merge`,
		"/label ~security":      `\/label \~` + zw + "security",
		"!12":                   "!" + zw + "12",
		"see group/sub/name!12": "see group/sub/name!" + zw + "12",
		`~"needs work"`:         `\~` + zw + `"needs work"`,
		"%v1.0":                 "%" + zw + "v1.0",
		"100% of 3":             "100% of 3",
		"$5":                    `\$` + zw + "5",
		"&7":                    "&amp;" + zw + "7",
		"a & b":                 "a &amp; b",
		"@all":                  "@" + zw + "all",
		"@group/sub":            "@" + zw + "group/sub",
		"GL-4":                  "GL-" + zw + "4",
		"[vulnerability:1]":     `\[` + zw + `vulnerability:1\]`,
		"[TOC]":                 `\[` + zw + `TOC\]`,
		"{+ added +}":           "{" + zw + "+ added +}",
		"wow! done":             "wow! done",
	} {
		if got := GitLab.Text(in); got != want {
			t.Errorf("Text(%q)\n got %q\nwant %q", in, got, want)
		}
		if read(GitLab.Text(in)) != in {
			t.Errorf("a reader of Text(%q) sees %q", in, read(GitLab.Text(in)))
		}
	}
	if got, want := GitLab.Fence("a\n```\n/merge\n", "go"), "````go\na\n```\n /merge\n````\n"; got != want {
		t.Errorf("Fence = %q, want %q", got, want)
	}
	if got := GitHub.Fence("/merge", ""); strings.Contains(got, " /") {
		t.Errorf("GitHub has no such commands: %q", got)
	}
	if got := GitLab.Prose("`x` /merge `/close`"); strings.HasPrefix(got, "/") {
		t.Errorf("Prose = %q", got)
	}
}

// TestSuggestions writes the block with which each forge changes lines by a button. GitLab counts from the last line.
func TestSuggestions(t *testing.T) {
	if got, ok := GitHub.Suggestion("x\n```\n", 3); !ok || got != "````suggestion\nx\n```\n````" {
		t.Errorf("%q %v", got, ok)
	}
	for lines, want := range map[int]string{
		1: "```suggestion:-0+0\nx\n```", 3: "```suggestion:-2+0\nx\n```", 101: "```suggestion:-100+0\nx\n```",
	} {
		if got, ok := GitLab.Suggestion("x", lines); !ok || got != want {
			t.Errorf("%d lines: %q %v", lines, got, ok)
		}
	}
	if got, ok := GitLab.Suggestion("", 1); !ok || got != "```suggestion:-0+0\n```" {
		t.Errorf("a deletion: %q %v", got, ok)
	}
	for _, code := range []string{"/merge", "x\n/close now\n", "\t/label ~x"} {
		if got, ok := GitLab.Suggestion(code, 1); ok {
			t.Errorf("%q is offered as %q", code, got)
		}
	}
	if got, ok := GitLab.Suggestion("x", 102); ok {
		t.Errorf("more lines than GitLab takes: %q", got)
	}
}
