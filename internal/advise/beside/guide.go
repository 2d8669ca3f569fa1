// Package beside is what helps to judge a change and is no part of it: the texts that a repository has for its reviewers,
// and code of unchanged files that the change uses or is used by.
//
// Callers may rely on: everything is pure and bounded; equal trees and texts give equal answers. It knows no secrets and
// no settings: leave out what no model may read before, and redact after.
package beside

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Limits of guides.
const (
	maxGuides = 12
	// maxGuide bounds one text, allGuides all of them, in bytes.
	maxGuide  = 4_000
	allGuides = 6_000
)

const (
	copilot      = ".github/copilot-instructions.md"
	instructions = ".github/instructions/"
	scoped       = ".instructions.md"
	contributing = "CONTRIBUTING.md"
)

// Places are the paths of a tree at which texts for the reviewers of some changed files may stand, those for the whole
// repository first: AGENTS.md and CLAUDE.md of every folder above the files, what GitHub's assistant reads, and the
// guide for contributors.
// https://agents.md, https://docs.github.com/en/copilot/how-tos/configure-custom-instructions
func Places(tree, changed []string) []string {
	there := map[string]bool{}
	for _, p := range tree {
		there[p] = true
	}
	var out []string
	add := func(p string) {
		if there[p] && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	for _, p := range []string{".github/" + contributing, contributing, "docs/" + contributing} {
		if there[p] {
			add(p)
			break
		}
	}
	add(copilot)
	for _, p := range tree {
		if strings.HasPrefix(p, instructions) && strings.HasSuffix(p, scoped) {
			add(p)
		}
	}
	folders := map[string]bool{"": true}
	for _, p := range changed {
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			folders[dir+"/"] = true
		}
	}
	var all []string
	for dir := range folders {
		all = append(all, dir)
	}
	sorting.By(all, func(a, b string) int {
		if d := strings.Count(a, "/") - strings.Count(b, "/"); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for _, dir := range all {
		add(dir + "AGENTS.md")
		add(dir + "CLAUDE.md")
	}
	return out[max(0, len(out)-maxGuides):]
}

// Guides reads the texts at some places. What is nearest to the changed files gets its room first.
func Guides(places, changed []string, contents map[string]string) []advice.Guide {
	out := make([]advice.Guide, len(places))
	seen := map[string]string{}
	for i, p := range places {
		out[i] = advice.Guide{Path: p}
		g := &out[i]
		text, ok := contents[p]
		if !ok {
			g.Why = "it could not be read as text"
			continue
		}
		text, g.Why = about(p, strings.ReplaceAll(text, "\r\n", "\n"), changed)
		if text = visible(text); text == "" {
			if g.Why == "" {
				g.Why = "it has no text of its own"
			}
			continue
		}
		if first := seen[text]; first != "" {
			g.Why = "it is the text of " + first
			continue
		}
		seen[text], g.Text = p, text
	}
	room := allGuides
	for i := len(out) - 1; i >= 0; i-- {
		g := &out[i]
		most := min(maxGuide, room)
		if whole := len(g.Text); whole > most {
			g.Text = g.Text[:most]
			g.Text = g.Text[:strings.LastIndexByte(g.Text, '\n')+1]
			g.Why = fmt.Sprintf("%d of its %d bytes were shown", len(g.Text), whole)
		}
		room -= len(g.Text)
	}
	return out
}

// about is the part of a text that is meant for reviewers of the changed files, and why that is not all.
func about(p, text string, changed []string) (part, why string) {
	switch {
	case path.Base(p) == contributing:
		if part = review(text); part == "" {
			return "", "no part of it is headed as one on reviews"
		}
		return part, ""
	case strings.HasSuffix(p, scoped):
		head, body, ok := matter(text)
		if !ok {
			return "", "it does not say which files it applies to (applyTo)"
		}
		if Concerns(applyTo(head), changed) == "" {
			return "", "it applies to none of the changed files"
		}
		return body, ""
	}
	if _, body, ok := matter(text); ok {
		return body, ""
	}
	return text, ""
}

// matter splits the head of a Markdown file, between two lines of three dashes, from the rest.
func matter(text string) (head, body string, ok bool) {
	rest, ok := strings.CutPrefix(text, "---\n")
	if !ok {
		return "", text, false
	}
	return strings.Cut(rest, "\n---\n")
}

// applyTo are the patterns that a head names: on one line with commas between them, or as a list below.
func applyTo(head string) (patterns []string) {
	inside := false
	for _, line := range strings.Split(head, "\n") {
		if value, ok := strings.CutPrefix(line, "applyTo:"); ok {
			inside = true
			for _, p := range strings.Split(strings.Trim(strings.TrimSpace(value), "[]"), ",") {
				patterns = append(patterns, bare(p))
			}
			continue
		}
		if item, ok := strings.CutPrefix(strings.TrimSpace(line), "- "); ok && inside {
			patterns = append(patterns, bare(item))
		} else {
			inside = false
		}
	}
	return slices.DeleteFunc(patterns, func(p string) bool { return p == "" || p[0] == '!' })
}

func bare(s string) string { return strings.Trim(strings.TrimSpace(s), `"' `) }

// review are the parts of a text whose headings speak of reviews.
func review(text string) string {
	var out []string
	level, fenced := 0, false
	for _, line := range strings.Split(text, "\n") {
		if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~") {
			fenced = !fenced
		}
		if title := strings.TrimLeft(line, "#"); !fenced && title != line && strings.HasPrefix(title, " ") {
			switch n := len(line) - len(title); {
			case level > 0 && n > level: // below one that is taken
			case strings.Contains(strings.ToLower(title), "review"):
				level = n
			default:
				level = 0
			}
		}
		if level > 0 {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// visible is a text without comments that no reader of the page sees, and without lines that only name another file.
func visible(text string) string {
	var b strings.Builder
	for {
		before, after, open := strings.Cut(text, "<!--")
		b.WriteString(before)
		if !open {
			break
		}
		_, text, _ = strings.Cut(after, "-->")
	}
	var out []string
	for _, line := range strings.Split(b.String(), "\n") {
		line = strings.TrimRight(line, " \t")
		if named := strings.TrimSpace(line); strings.HasPrefix(named, "@") && !strings.Contains(named, " ") {
			continue
		}
		if line != "" || len(out) > 0 && out[len(out)-1] != "" {
			out = append(out, line)
		}
	}
	if text = strings.TrimSpace(strings.Join(out, "\n")); text == "" {
		return ""
	}
	return text + "\n"
}

// Concerns is the pattern, as in .gitignore, that takes one of some paths; empty when none does.
func Concerns(patterns, paths []string) string {
	all, _ := language.ParseIgnore(patterns) // callers have refused bad ones
	for _, p := range paths {
		if by := all.Match(p); by != "" {
			return by
		}
	}
	return ""
}
