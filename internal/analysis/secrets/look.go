package secrets

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/language"
	matcher "github.com/lintel-review/lintel/internal/secrets"
	"github.com/lintel-review/lintel/internal/text"
)

// result is what one text gave.
type result struct {
	found   []Found
	unread  []Unread
	secrets []string
}

// variant is a text with some of it changed or left out, and where its bytes were.
type variant struct {
	text string
	// origin gives for each byte where it was; nil when it was there.
	origin []int
}

func (v variant) place(at int) int {
	if v.origin == nil {
		return at
	}
	return v.origin[at]
}

// look finds the secrets of one text, also those that are written in pieces.
func (a *analysis) look(src source, limit int) (r result) {
	if len(src.text) > limit {
		r.unread = append(r.unread, a.unreadOf(src, fmt.Sprintf("only the first %d of its %d bytes were looked at", limit, len(src.text))))
		src.text = src.text[:limit]
	}
	variants := []variant{{text: src.text}, joined(src.text)}
	if unquoted, ok := unescaped(src); ok {
		variants = append(variants, variant{text: unquoted})
	}
	starts := lineStarts(src.text)
	type place struct {
		format   string
		from, to int
	}
	seen := map[place]bool{}
	for _, v := range variants {
		found, err := detector.Find(v.text)
		if err != nil {
			reason := "the rules of secrets could not be read"
			if errors.Is(err, matcher.ErrTooMuch) {
				reason = err.Error()
			}
			r.unread = append(r.unread, a.unreadOf(src, reason))
		}
		for _, f := range found {
			from, to := v.place(f.Start), v.place(f.End-1)
			first, last := lineOf(starts, from), lineOf(starts, to)
			// Of a line all are told, of a stretch of lines one: the same block in an encoding is the same block.
			if again := seen[place{f.Rule, first, last}]; again && (v.origin != nil || last > first) || skipped(src, f) ||
				src.keep != nil && !src.keep(f, first, last) {
				continue
			}
			seen[place{f.Rule, first, last}] = true
			r.found = append(r.found, a.describe(src, f, first))
			r.secrets = append(r.secrets, src.text[from:to+1], f.Secret)
		}
	}
	return r
}

// kindsOf are the kinds of files that some rules mean, by the ends of their names.
var kindsOf = map[string][]string{
	"hashicorp-tf-password":  {".tf", ".hcl", ".tfvars"},
	"kubernetes-secret-yaml": {".yml", ".yaml"},
	"nuget-config-password":  {".config"},
}

// skipped: checksums in lock files stand beside names such as "keyring", so rules that go by names say nothing there.
// A rule that means one kind of file alone says nothing elsewhere.
func skipped(src source, f matcher.Finding) bool {
	if kinds, ok := kindsOf[f.Rule]; ok && !slices.Contains(kinds, strings.ToLower(path.Ext(src.path))) {
		return true
	}
	return !f.Specific && src.path != "" && (language.LockFile(src.path) || strings.HasSuffix(src.path, ".svg"))
}

func (a *analysis) describe(src source, f matcher.Finding, line int) Found {
	provider, rotate := rotation(f.Rule)
	out := Found{
		Format:   f.Rule,
		Provider: provider,
		Specific: f.Specific,
		Where:    src.where,
		Path:     src.path,
		Commit:   src.commit,
		Start:    beginning(f.Secret),
		Hash:     a.hash(f.Secret),
		Rotate:   rotate,
		Doubt:    f.Doubt,
		Fixture:  inFixture(src, f) || a.vouchesForItself(f),
	}
	switch {
	case src.lines != nil:
		out.Line = src.lines[line]
	case src.where != "path":
		out.Line = line + 1
	}
	return out
}

func (a *analysis) unreadOf(src source, reason string) Unread {
	return Unread{Path: text.ClipBytes(src.path, maxPath), What: src.what, Reason: text.ClipBytes(reason, maxReason)}
}

// beginning is the first four characters of a secret, fewer of one that is shorter than sixteen. A key block begins like any other.
func beginning(secret string) string {
	chars := []rune(secret)
	out := string(chars[:min(4, len(chars)/4)])
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '?'
		}
		return r
	}, out)
}

// hasher makes short hashes of secrets for one repository. They tell its secrets apart. They are short on purpose: of
// every guess at a weak secret, one in sixteen million others has the same hash, so it confirms none.
func hasher(repository int64) func(string) string {
	salt := "lintel secret " + strconv.FormatInt(repository, 10) + "\x00"
	return func(secret string) string {
		sum := sha256.Sum256([]byte(salt + secret))
		return hex.EncodeToString(sum[:3])
	}
}

// joined is what the pieces of texts make, "ghp_12" + "34", with the lines that they stand on.
func joined(of string) variant {
	cuts := matcher.Pieces(of)
	var b strings.Builder
	v := variant{origin: []int{}}
	keep := func(from, to int) {
		b.WriteString(of[from:to])
		for i := from; i < to; i++ {
			v.origin = append(v.origin, i)
		}
	}
	for i := 0; i < len(cuts); {
		from := strings.LastIndexByte(of[:cuts[i][0]], '\n') + 1
		for {
			keep(from, cuts[i][0])
			from = cuts[i][1]
			if i++; i == len(cuts) || strings.IndexByte(of[from:cuts[i][0]], '\n') >= 0 {
				break
			}
		}
		end := len(of)
		if n := strings.IndexByte(of[from:], '\n'); n >= 0 {
			end = from + n + 1
		}
		keep(from, end)
	}
	v.text = b.String()
	return v
}

// unescaped is a JSON text with its inner quotes as a reader of the notebook or the file sees them, at the same places.
func unescaped(src source) (string, bool) {
	switch path.Ext(strings.ToLower(src.path)) {
	case ".ipynb", ".json", ".jsonl", ".ndjson":
	default:
		return "", false
	}
	if !strings.Contains(src.text, `\"`) {
		return "", false
	}
	return strings.ReplaceAll(src.text, `\"`, ` "`), true
}

func lineStarts(of string) []int {
	starts := []int{0}
	for i := range len(of) {
		if of[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// lineOf is the index of the line on which a byte stands.
func lineOf(starts []int, at int) int {
	i, exact := slices.BinarySearch(starts, at)
	if exact {
		return i
	}
	return i - 1
}

type pathMatcher func(string) bool

func newPathMatcher(pattern string) pathMatcher {
	ignore, errs := language.ParseIgnore([]string{pattern})
	return func(p string) bool { return len(errs) == 0 && ignore.Match(p) != "" && !ignore.Exhausted() }
}

// Cover puts a placeholder where one of the found secrets stands in a text.
func (r Result) Cover(of string) string {
	for _, s := range r.secrets {
		if len(s) >= shortestCovered && strings.Contains(of, s) {
			of = strings.ReplaceAll(of, s, placeholder)
		}
	}
	return of
}

// Any reports whether there is something to cover.
func (r Result) Any() bool { return len(r.secrets) > 0 }

// A shorter text than this is too common to be replaced wherever it stands.
const (
	shortestCovered = 6
	placeholder     = "<SECRET>"
)
