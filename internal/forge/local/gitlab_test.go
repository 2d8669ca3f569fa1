package local

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/ci"
	"github.com/lintel-review/lintel/internal/settings"
)

// TestSettingsOfGitLab holds that a clone of a project of GitLab is ruled by the file that rules it there, and one of GitHub by
// GitHub's.
func TestSettingsOfGitLab(t *testing.T) {
	const one, two, wrong = "version: 1\n", "version: 1 # 2\n", "version: 1 # wrong\n"
	hub, lab := &ci.Job{Name: "GitHub Actions"}, &ci.Job{Name: "GitLab CI"}
	files := func(pairs ...string) map[string]string {
		all := map[string]string{"a.go": "package a\n"}
		for i := 0; i < len(pairs); i += 2 {
			all[pairs[i]] = pairs[i+1]
		}
		return all
	}
	for name, c := range map[string]struct {
		base map[string]string
		job  *ci.Job
		// path and text are of the file in force, gaps how many settings cannot be used.
		path, text string
		gitlab     bool
		gaps       int
	}{
		"the folder of GitLab":     {files(".gitlab/lintel.yml", one), nil, ".gitlab/lintel.yml", one, true, 0},
		"a pipeline":               {files(".lintel.yml", one, ".gitlab-ci.yml", "a: b\n"), nil, ".lintel.yml", one, true, 0},
		"a job":                    {files(".lintel.yml", one), lab, ".lintel.yml", one, true, 0},
		"the folder of GitHub":     {files(".github/lintel.yml", one, ".gitlab-ci.yml", "a: b\n"), nil, ".github/lintel.yml", one, true, 0},
		"two":                      {files(".gitlab/lintel.yml", one, ".github/lintel.yml", two), nil, ".gitlab/lintel.yml", one, true, 1},
		"two, on GitHub":           {files(".gitlab/lintel.yml", one, ".github/lintel.yml", two), hub, ".github/lintel.yml", two, false, 0},
		"a place that no one asks": {files(".lintel.yml", one), nil, "", "", false, 0},
		"none, on GitLab":          {files(), lab, "", "", true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWork(t, c.base)
			w.commit("change", map[string]string{"a.go": "package b\n"})
			s := w.must(Options{Job: c.job, Base: "main", Head: "topic"})
			f := s.Controls.Files[settings.Path]
			gaps := 0
			for _, g := range s.Gaps {
				if g.Fact == "settings" {
					gaps++
				}
			}
			if f.Path != c.path || string(f.Content) != c.text || gaps != c.gaps ||
				(s.OwnersDialect == change.GitLab) != c.gitlab {
				t.Errorf("%q %q, %d gaps, dialect %q", f.Path, f.Content, gaps, s.OwnersDialect)
			}
			want := c.path
			if want == "" && c.gitlab {
				want = ".gitlab/lintel.yml"
			} else if want == "" {
				want = ".github/lintel.yml"
			}
			if got := settings.PathOf(s); got != want {
				t.Errorf("they are said to stand in %q, want %q", got, want)
			}
		})
	}

	// The remote decides before the CI's file does.
	for origin, want := range map[string]change.Forge{"git@github.com:acme/shop.git": "", "https://git.example.com/shop": change.GitLab,
		"https://gitlab.com/acme/shop.git": change.GitLab} {
		base := files(".gitlab-ci.yml", "a: b\n")
		if strings.Contains(origin, "gitlab") {
			base = files()
		}
		w := newWork(t, base)
		w.git("remote", "add", "origin", origin)
		w.commit("change", map[string]string{"a.go": "package b\n"})
		if s := w.must(Options{Base: "main", Head: "topic"}); s.OwnersDialect != want {
			t.Errorf("%s: the dialect is %q, want %q", origin, s.OwnersDialect, want)
		}
	}

	// An older valid version is found under the same name, and what a change proposes is read from there.
	w := newWork(t, files(".gitlab/lintel.yml", one))
	w.git("checkout", "-q", "main")
	w.commit("break", map[string]string{".gitlab/lintel.yml": wrong})
	w.git("checkout", "-q", "-B", "topic", "main")
	w.commit("change", map[string]string{".gitlab/lintel.yml": two})
	s := w.must(Options{Base: "main", Head: "topic", Valid: func(b []byte) bool { return string(b) != wrong }})
	if len(s.Controls.SettingsHistory) != 1 || string(s.Controls.SettingsHistory[0].Content) != one ||
		s.Proposed == nil || string(s.Proposed.Content) != two {
		t.Errorf("older: %+v; proposed: %+v", s.Controls.SettingsHistory, s.Proposed)
	}
	r := settings.Resolve(s.Controls, s.Gaps, nil)
	if r.Source == settings.None && !strings.Contains(r.Reason, ".gitlab/lintel.yml") {
		t.Errorf("the reason names another file: %s", r.Reason)
	}
}
