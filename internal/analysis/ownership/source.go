package ownership

import (
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/ownership/codeowners"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/text"
)

// source chooses the CODEOWNERS file as the forge does: the first place that has one. The file is nil unless it is present.
func source(s *change.Snapshot) (Source, *rulebook) {
	src := Source{State: absent, Ref: s.Controls.Ref, SHA: s.Controls.SHA}
	for _, path := range locations(s) {
		f, found := s.Controls.Files[path]
		if reason := gap(s, "owners.file", path); reason != "" && (!found || f.Content == nil) {
			src.State, src.Path, src.Reason = unavailable, path, excerpt(reason)
			return src, nil
		}
		if !found {
			continue
		}
		src.Path = path
		if f.Content == nil && f.Size > 0 && f.Size < codeowners.MaxBytes {
			src.State, src.Reason = unavailable, "its content was not read"
			return src, nil
		}
		if f.Size >= codeowners.MaxBytes {
			src.State, src.Reason = unavailable, codeowners.ErrTooLarge.Error()
			return src, nil
		}
		file, err := parse(s, f.Content)
		if err != nil {
			src.State, src.Reason = unavailable, err.Error()
			return src, nil
		}
		src.State, src.Rules, src.Invalid = present, len(file.Rules), len(file.Problems)
		return src, file
	}
	return src, nil
}

// Names tells whoever reads the forge whose accounts Analyse will ask for: teams "org/slug", logins and addresses, each
// in lower case and sorted. They are the owners of the paths (both names of a renamed file), or all owners of the file
// when paths is nil. A file that cannot be used has none.
func Names(content []byte, paths []string) (teams, users, emails []string) {
	file, err := codeowners.Parse(content)
	if err != nil {
		return nil, nil, nil
	}
	n := file.Names(paths, maxTrials)
	return n.Teams, n.Users, n.Emails
}

// At gives the owners of paths, as the CODEOWNERS file at the base of a change writes them. A path without owners, and
// every path where no file can be used, is left out.
func At(s *change.Snapshot, paths []string) map[string][]string {
	all := map[string][]string{}
	_, file := source(s)
	if file == nil {
		return all
	}
	owners, _ := file.match()
	for _, p := range paths {
		for _, at := range owners(p) {
			for _, o := range file.Rules[at].Owners {
				all[p] = append(all[p], o.String())
			}
		}
	}
	return all
}

// gap finds why a fact is missing for a path, team or login; "" when it is not. A gap without a path is about all of them.
func gap(s *change.Snapshot, fact, about string) string {
	for _, g := range s.Gaps {
		if g.Fact != fact {
			continue
		}
		if path := strings.TrimPrefix(g.Path, "@"); path == "" || strings.EqualFold(path, about) {
			if g.Reason == "" {
				return "no reason was given"
			}
			return g.Reason
		}
	}
	return ""
}

// excerpt makes outside text fit for the facts: valid, and 200 characters at most.
func excerpt(s string) string {
	return text.Clip(strings.ToValidUTF8(s, "\uFFFD"), maxText)
}
