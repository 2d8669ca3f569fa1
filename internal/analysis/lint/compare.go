package lint

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
)

// group is where findings can be the same.
type group struct{ tool, rule, path string }

// old is a finding of the merge base, at its place at the head: line 0 is gone, or never was.
type old struct {
	line    int
	text    string
	message string
	whole   bool // it was about the whole file
	used    bool
}

// compare finds the head's findings that the merge base had too. A finding is the same when tool and rule are, and it
// stands on the same line, wherever the change has moved that to; else when the line's text is the same; else, off the
// added lines, when its words are. Each old finding stands for one new one.
func (a *analysis) compare(all []*candidate) {
	before := map[group][]*old{}
	for _, src := range a.base {
		for _, f := range src.lint.Findings {
			g := group{strings.ToLower(f.Tool), f.Rule, f.Path}
			before[g] = append(before[g], a.oldOf(f))
		}
	}
	groups := map[group][]*candidate{}
	for _, c := range all {
		t := a.tools[strings.ToLower(c.Tool)]
		if c.compared = t != nil && t.Compared; !c.compared {
			continue
		}
		g := group{strings.ToLower(c.Tool), c.Rule, c.Path}
		groups[g] = append(groups[g], c)
	}
	for g, now := range groups {
		match(before[g], now, func(o *old) string { return lineKey(o.line, o.whole) },
			func(c *candidate) string { return lineKey(c.Line, c.Line == 0) })
		match(before[g], now, func(o *old) string { return strings.TrimSpace(o.text) },
			func(c *candidate) string { return strings.TrimSpace(c.text) })
		match(before[g], now, func(o *old) string { return o.words() }, func(c *candidate) string {
			if c.place == Added {
				return ""
			}
			return c.Message
		})
	}
}

// words are the message, unless the line is gone: what stood there cannot stand on a line that the change left as it was.
func (o *old) words() string {
	if o.line == 0 && !o.whole {
		return ""
	}
	return o.message
}

func lineKey(line int, whole bool) string {
	if line == 0 && !whole {
		return ""
	}
	return fmt.Sprint(line)
}

// match marks pairs with the same key, which is not empty, in the order of both lists.
func match(before []*old, now []*candidate, keyOld func(*old) string, keyNow func(*candidate) string) {
	if len(before) == 0 {
		return
	}
	there := map[string][]*old{}
	for _, o := range before {
		if k := keyOld(o); k != "" && !o.used {
			there[k] = append(there[k], o)
		}
	}
	for _, c := range now {
		k := keyNow(c)
		if list := there[k]; k != "" && !c.known && len(list) > 0 {
			list[0].used, c.known = true, true
			there[k] = list[1:]
		}
	}
}

func (a *analysis) oldOf(f report.LintFinding) *old {
	o := &old{line: f.Line, text: f.Source, message: f.Message, whole: f.Line == 0}
	if h := a.headOf(f.Path); h != nil {
		var text string
		if o.line, text = h.moved(f.Line); text != "" {
			o.text = text
		}
		if h.file.Status == diff.Added || h.file.Status == diff.Removed || !h.file.Complete() {
			o.line = 0
		}
	}
	return o
}

// names makes the keys by which findings are known again.
type names struct{ seen map[string]int }

func newNames() *names { return &names{map[string]int{}} }

// of is a name that holds no line number: it stays when lines move. The text of the line tells findings of one rule
// apart, and their order those on equal lines; where the text is not known, the words of the finding stand for it.
func (n *names) of(c *candidate) string {
	text := strings.TrimSpace(c.text)
	if text == "" {
		text = "\x01" + c.Message
	}
	key := strings.Join([]string{strings.ToLower(c.Tool), c.Rule, c.Path, text}, "\x00")
	count := n.seen[key]
	n.seen[key] = count + 1
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", key, count))
	return hex.EncodeToString(sum[:16])
}
