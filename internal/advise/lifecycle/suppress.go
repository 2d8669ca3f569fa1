package lifecycle

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/sorting"
)

// What makes a suppression, and how long it lasts.
const (
	dismissals = 3
	people     = 2
	Lasts      = 90 * 24 * time.Hour
)

// alwaysShown reports whether a draft of this sort is shown whatever people dismissed.
func alwaysShown(c advice.Category, l advice.Level) bool {
	return c == advice.Security && l.Rank() >= advice.High.Rank()
}

// Suppresses returns the first suppression that applies to a draft now.
func Suppresses(list []advice.Suppression, d advice.Draft, now time.Time) (advice.Suppression, bool) {
	if alwaysShown(d.Category, d.Level) {
		return advice.Suppression{}, false
	}
	for _, s := range list {
		if s.Category != d.Category || now.Before(s.Since) || !now.Before(s.Expires) {
			continue
		}
		if s.Symbol != "" && s.Symbol != d.Symbol {
			continue
		}
		if s.Path != "" {
			ignore, errs := language.ParseIgnore([]string{s.Path})
			if len(errs) > 0 || ignore.Match(d.Path) == "" {
				continue
			}
		}
		return s, true
	}
	return advice.Suppression{}, false
}

// Learn makes suppressions of dismissals: three of one category by two people, at one function, else in one file, else
// in one folder, none older than a suppression lasts.
func Learn(all []advice.Dismissal, now time.Time) []advice.Suppression {
	all = slices.DeleteFunc(slices.Clone(all), func(d advice.Dismissal) bool {
		return alwaysShown(d.Category, d.Level) || !now.Before(d.At.Add(Lasts)) || d.At.After(now)
	})
	sorting.StableBy(all, func(a, b advice.Dismissal) int { return a.At.Compare(b.At) })
	out := []advice.Suppression{}
	used := make([]bool, len(all))
	for _, scope := range []func(advice.Dismissal) (symbol, pattern string){
		func(d advice.Dismissal) (string, string) { return d.Symbol, literal(d.Path) },
		func(d advice.Dismissal) (string, string) { return "", literal(d.Path) },
		func(d advice.Dismissal) (string, string) { return "", literal(path.Dir(d.Path)) + "/**" },
	} {
		groups := map[string][]int{}
		var keys []string
		for i, d := range all {
			symbol, pattern := scope(d)
			key := strings.Join([]string{string(d.Category), symbol, pattern}, "\x00")
			if used[i] || strings.HasPrefix(pattern, "/./") {
				continue // no suppression for a repository's root folder: it would hold everywhere
			}
			if groups[key] == nil {
				keys = append(keys, key)
			}
			groups[key] = append(groups[key], i)
		}
		for _, key := range keys {
			if s, ok := suppression(all, groups[key]); ok {
				s.Symbol, s.Path = scope(all[groups[key][0]])
				out = append(out, s)
				for _, i := range groups[key] {
					used[i] = true
				}
			}
		}
	}
	return out
}

func suppression(all []advice.Dismissal, group []int) (advice.Suppression, bool) {
	var by, why []string
	for _, i := range group {
		by = append(by, all[i].By)
		if r := all[i].Reason; r != "" && !slices.Contains(why, r) {
			why = append(why, r)
		}
	}
	slices.Sort(by)
	by = slices.Compact(by)
	if len(group) < dismissals || len(by) < people {
		return advice.Suppression{}, false
	}
	last := all[group[len(group)-1]]
	return advice.Suppression{
		Category: last.Category, By: by, Reason: fmt.Sprintf("dismissed %d times: %s", len(group), strings.Join(why, "; ")),
		Since: last.At, Expires: last.At.Add(Lasts),
	}, true
}

// special are the characters that a pattern of .gitignore does not read as themselves.
var special = strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "!", `\!`, "#", `\#`)

// literal is the pattern of one path.
func literal(p string) string { return "/" + special.Replace(p) }

// PolicyData is suppressions as a data document for policies and for people to read: {"lintel": {"advice": {"suppressions": [...]}}}.
func PolicyData(list []advice.Suppression) ([]byte, error) {
	list = append([]advice.Suppression{}, list...)
	sorting.By(list, func(a, b advice.Suppression) int {
		return strings.Compare(string(a.Category)+"\x00"+a.Path+"\x00"+a.Symbol, string(b.Category)+"\x00"+b.Path+"\x00"+b.Symbol)
	})
	b, err := json.MarshalIndent(map[string]any{"lintel": map[string]any{"advice": map[string]any{"suppressions": list}}}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write suppressions: %w", err)
	}
	return append(b, '\n'), nil
}
