package advise

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/excerpt"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/text"
)

// maxLine is the longest fact.
const maxLine = 240

// Redact replaces the secrets in every text of an input, and returns how many it replaced. It leaves out a file that it
// cannot search, with the reason. It does not change its argument. Call it before you store an input; Advise
// redacts again what it sends.
func Redact(in Input, r Redactor) (Input, int, error) {
	in, n, err := redactSent(in, r)
	if err != nil {
		return Input{}, 0, err
	}
	whole := func(files map[string]string) map[string]string {
		clean := map[string]string{}
		for _, p := range slices.Sorted(maps.Keys(files)) {
			if _, out := in.Excluded[p]; out {
				continue
			}
			text, secrets, err := r.Redact(p, files[p])
			if err != nil {
				continue // without them there are no suggestions in this file, and nothing is shown around its hunks
			}
			clean[p] = text
			n += secrets
		}
		return clean
	}
	in.Contents, in.Beside = whole(in.Contents), whole(in.Beside)
	return in, n, nil
}

// redactSent replaces the secrets in everything that a question may contain. It skips contents: of those, what a question
// shows is redacted when it is asked (look.content).
func redactSent(in Input, r Redactor) (Input, int, error) {
	if r == nil {
		return Input{}, 0, errors.New("redact the input: no redactor")
	}
	total := 0
	take := func(path, text string) (string, bool) {
		if strings.TrimSpace(text) == "" {
			return text, true
		}
		out, n, err := r.Redact(path, text)
		if err != nil || strings.Count(out, "\n") != strings.Count(text, "\n") {
			return "", false
		}
		total += n
		return out, true
	}
	in.Excluded = maps.Clone(in.Excluded)
	if in.Excluded == nil {
		in.Excluded = map[string]string{}
	}
	in.Files = slices.Clone(in.Files)
	for i := range in.Files {
		if _, out := in.Excluded[in.Files[i].Path]; out {
			continue
		}
		hunks, ok := redactHunks(in.Files[i], take)
		if !ok {
			in.Excluded[in.Files[i].Path] = excerpt.Unsearched
			continue
		}
		in.Files[i].Hunks = hunks
	}
	in.Files = excerpt.Strip(in.Files, in.Excluded)
	in.Title, _ = take("title", in.Title)
	in.Body, _ = take("body", in.Body)
	in.Guidance, _ = take("guidance", in.Guidance)
	in.Guides = slices.Clone(in.Guides)
	for i := range in.Guides {
		g := &in.Guides[i]
		text, ok := take(g.Path, g.Text)
		if g.Text = text; !ok {
			g.Why = excerpt.Unsearched
		}
	}
	var texts []string
	for _, f := range in.Facts {
		texts = append(texts, oneLine(f.Text))
	}
	if text, ok := take("facts", strings.Join(texts, "\n")); ok {
		in.Facts = slices.Clone(in.Facts)
		for i, line := range strings.Split(text, "\n") {
			if i < len(in.Facts) {
				in.Facts[i].Text = line
			}
		}
	} else {
		in.Facts = []advice.Fact{}
	}
	return in, total, nil
}

// redactHunks searches all lines of a file at once, to find keys that span lines, and returns copies.
func redactHunks(f diff.File, take func(path, text string) (string, bool)) ([]diff.Hunk, bool) {
	var texts []string
	for _, h := range f.Hunks {
		texts = append(texts, oneLine(h.Section))
		for _, l := range h.Lines {
			texts = append(texts, strings.ReplaceAll(l.Text, "\n", " "))
		}
	}
	if len(texts) == 0 {
		return f.Hunks, true
	}
	text, ok := take(f.Path, strings.Join(texts, "\n"))
	if !ok {
		return nil, false
	}
	lines := strings.Split(text, "\n")
	out := make([]diff.Hunk, len(f.Hunks))
	for i, h := range f.Hunks {
		h.Section, lines = lines[0], lines[1:]
		h.Lines = slices.Clone(h.Lines)
		for j := range h.Lines {
			h.Lines[j].Text, lines = lines[0], lines[1:]
		}
		out[i] = h
	}
	return out, true
}

// oneLine is a text without line ends, cut.
func oneLine(s string) string { return text.ClipBytes(strings.Join(strings.Fields(s), " "), maxLine) }
