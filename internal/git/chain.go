package git

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

const (
	// maxChain is how many commits are read one by one; git's walk is quicker for more.
	maxChain = 100
	// maxChained is the largest commit that is read so, in bytes.
	maxChained = 64 << 10
)

// chained is a commit as git writes it, of one parent. All that git reads otherwise than it is written is left to git:
// encodings, names with brackets or spaces around them.
var chained = lazyregexp.New(`^tree [0-9a-f]+\n` +
	`parent ([0-9a-f]+)\n` +
	`author ([^<>\s\x00](?:[^<>\n\x00]*[^<>\s\x00])?) <([^<>\s\x00]+)> [0-9]+ [+-][0-9]{4}\n` +
	`committer ([^<>\s\x00](?:[^<>\n\x00]*[^<>\s\x00])?) <([^<>\s\x00]+)> [0-9]+ [+-][0-9]{4}\n`)

// Chain is Repo.Log of the commits between one and a descendant of it, where each has one parent and there are few; ok is
// false where that is not so or not known.
func (b *Blobs) Chain(from, to string) (commits []Commit, ok bool) {
	for id := to; id != from; id = commits[len(commits)-1].Parents[0] {
		obj, err := b.Read(id, maxChained)
		if err != nil || !obj.Whole() || obj.Type != "commit" || len(commits) == maxChain {
			return nil, false
		}
		c, ok := parseChained(id, string(obj.Data))
		if !ok {
			return nil, false
		}
		commits = append(commits, c)
	}
	slices.Reverse(commits)
	return commits, true
}

func parseChained(id, text string) (Commit, bool) {
	header, message, ended := strings.Cut(text, "\n\n")
	m := chained.FindStringSubmatch(header + "\n")
	if m == nil || !ended || !IsID(m[1]) || strings.ContainsRune(header, 0) {
		return Commit{}, false
	}
	for line := range strings.SplitSeq(header[len(m[0])-1:], "\n") {
		if name, _, _ := strings.Cut(line, " "); name == "encoding" || name == "parent" || name == "author" || name == "committer" {
			return Commit{}, false
		}
	}
	message, _, _ = strings.Cut(message, "\x00")
	return Commit{ID: id, Parents: []string{m[1]}, AuthorName: m[2], AuthorEmail: m[3], CommitterName: m[4], CommitterEmail: m[5],
		Message: message}, true
}

// Subject is the header of a message as Headers gives it: the lines up to an empty one, joined by spaces.
func Subject(message string) string {
	var lines []string
	for line := range strings.SplitSeq(message, "\n") {
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" && len(lines) > 0 {
			break
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, " ")
}
