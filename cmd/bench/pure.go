package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/analysis/ownership"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/policies"
)

// repeat measures a piece of work n times. The median is what counts: the machine is shared.
func repeat(n int, work func() error) (sample, error) {
	var got sample
	for range n {
		start := time.Now()
		if err := work(); err != nil {
			return nil, err
		}
		got = append(got, time.Since(start))
	}
	return got, nil
}

func spread(s sample) string {
	return fmt.Sprintf("%s (%s..%s, n=%d)", ms(s.at(50)), ms(slices.Min(s)), ms(slices.Max(s)), len(s))
}

func pure(ctx context.Context, b *bench) error {
	if err := b.owners(); err != nil {
		return err
	}
	if err := b.diffs(); err != nil {
		return err
	}
	if err := b.lint(); err != nil {
		return err
	}
	if err := b.advice(ctx); err != nil {
		return err
	}
	return b.policies(ctx)
}

// owners matches 100,000 paths against 5,000 rules, a fifth of them with wildcards, as the peer's number was measured.
func (b *bench) owners() error {
	const rules, files = 5000, 100_000
	var text strings.Builder
	for i := range rules {
		if i%5 == 0 {
			fmt.Fprintf(&text, "/area%d/**/*.x%d @user%d\n", i%500, i, i%700)
			continue
		}
		fmt.Fprintf(&text, "/area%d/part%d/ @user%d\n", i%500, i, i%700)
	}
	content, paths := []byte("* @all\n"+text.String()), make([]string, files)
	for i := range paths {
		// Two of five fall under a plain rule; the rest go through to the first rule, the worst case for a list.
		part := i % rules
		if i%5 > 1 {
			part = rules + i
		}
		paths[i] = fmt.Sprintf("area%d/part%d/sub/deep/file%d.go", part%500, part, i)
	}
	got, err := repeat(5, func() error {
		if _, users, _ := ownership.Names(content, paths); len(users) < 100 {
			return fmt.Errorf("only %d owners were found", len(users))
		}
		return nil
	})
	if err != nil {
		return err
	}
	rate := float64(rules) * files / got.at(50).Seconds()
	b.table.add(row{What: "CODEOWNERS, 5,000 rules x 100,000 paths",
		Measured: fmt.Sprintf("%s, %.0f M files x rules/s", spread(got), rate/1e6), Bar: "< 3 s", Peer: "hmarr/codeowners 67-76 s",
		Verdict: judge(got.at(50) < 3*time.Second),
		Values:  map[string]float64{"seconds": got.at(50).Seconds(), "files_x_rules_per_s": rate}})
	return nil
}

// diffs reads 5 MB of diff, once as git writes it and once as GitHub's bare patches. A file's patch is 2.6 KB, the median of real changes.
func (b *bench) diffs() error {
	var whole bytes.Buffer
	var patches []string
	bare := 0
	for i := range 2000 {
		patch := patchOf(i, 33)
		patches, bare = append(patches, patch), bare+len(patch)
		fmt.Fprintf(&whole,
			"diff --git a/dir%d/file%d.go b/dir%d/file%d.go\nindex %040x..%040x 100644\n--- a/dir%d/file%d.go\n+++ "+
				"b/dir%d/file%d.go\n%s\n", i%50, i, i%50, i, i+1, i+2, i%50, i, i%50, i, patch)
	}
	git, err := repeat(7, func() error {
		files, err := diff.Parse(bytes.NewReader(whole.Bytes()), diff.Limits{})
		if err == nil && len(files) != len(patches) {
			err = fmt.Errorf("%d files were read", len(files))
		}
		return err
	})
	if err != nil {
		return err
	}
	forge, err := repeat(7, func() error {
		for _, p := range patches {
			if hunks, err := diff.ParsePatch(p); err != nil || len(hunks) != 1 {
				return fmt.Errorf("%d hunks: %w", len(hunks), err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range []struct {
		what  string
		bytes int
		took  sample
	}{{"diff, git's output", whole.Len(), git}, {"diff, GitHub's bare patches", bare, forge}} {
		rate := float64(r.bytes) / 1e6 / r.took.at(50).Seconds()
		b.table.add(row{
			What:     r.what,
			Measured: fmt.Sprintf("%.0f MB/s (%.1f MB in %s)", rate, float64(r.bytes)/1e6, ms(r.took.at(50))),
			Peer:     "reviewdog about 90 MB/s",
			Values:   map[string]float64{"mb_per_s": rate},
		})
	}
	return nil
}

// patchOf is one hunk with so many lines added and removed among context.
func patchOf(n, lines int) string {
	var body strings.Builder
	for i := range lines {
		fmt.Fprintf(&body, "-\told%d_%d := compute(%d)\n+\tvalue%d_%d := compute(%d)\n", n, i, i, n, i, i+1)
	}
	return fmt.Sprintf("@@ -10,%d +10,%d @@ func f%d() {\n \tstart()\n%s \tend()", lines+2, lines+2, n, body.String())
}

// policies measures what a verdict costs when everything has been read: facts, then Rego.
func (b *bench) policies(ctx context.Context) error {
	var engine *policy.Engine
	compiled, err := repeat(3, func() (err error) {
		engine, err = policy.Compile(ctx, policies.Tree())
		return err
	})
	if err != nil {
		return err
	}
	b.table.add(row{
		What:     "policies, compiled at start",
		Measured: spread(compiled),
		Peer:     "OPA 5 ms (8 rules)",
		Values:   map[string]float64{"p50_ms": inMS(compiled.at(50))},
	})
	for _, m := range []struct {
		files, times int
		peer         string
	}{{50, 30, "OPA 8-10 ms (20 files)"}, {3000, 5, "OPA 785-865 ms"}} {
		snap := snapshotOf(m.files)
		resolution := settings.Resolve(snap.Controls, snap.Gaps, engine.Configurable())
		var f facts.Facts
		gathered, err := repeat(m.times, func() (err error) {
			f, err = facts.Gather(ctx, snap, resolution)
			return err
		})
		if err != nil {
			return err
		}
		var d policy.Decision
		decided, err := repeat(m.times, func() (err error) {
			d, err = engine.Decide(ctx, f, resolution.Settings, policy.Options{})
			return err
		})
		if err != nil {
			return err
		}
		b.table.add(row{What: fmt.Sprintf("Rego evaluation, %s files", grouped(m.files)), Measured: spread(decided), Peer: m.peer,
			Values: map[string]float64{"p50_ms": inMS(decided.at(50)), "gather_p50_ms": inMS(gathered.at(50))},
			Notes:  []string{fmt.Sprintf("facts before it: %s; %s, %d findings", spread(gathered), d.Conclusion, len(d.Findings))}})
	}
	return nil
}

// snapshotOf is a pull request of so many files with an owner's approval, as a forge would be read.
func snapshotOf(files int) *change.Snapshot {
	title, body, write := "feat(cart): compute anew", "", true
	s := &change.Snapshot{Ref: change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 1, Number: 1}, Owner: "acme", Name: "shop"},
		Kind: change.Request, State: change.Open, Title: &title, Body: &body,
		Author:     &change.Account{Login: "wendy", ID: 2},
		Repository: change.Repository{ID: 1, Owner: "acme", Name: "shop", DefaultBranch: "main"},
		Base:       change.Rev{Ref: "main", SHA: strings.Repeat("1", 40)}, Head: change.Rev{Ref: "change", SHA: strings.Repeat("2", 40)},
		MergeBase: strings.Repeat("1", 40), FilesTotal: files, CommitsTotal: 1,
		Commits: []change.Commit{{SHA: strings.Repeat("2", 40), Parents: []string{strings.Repeat("1", 40)}, Message: title}},
		Reviews: []change.Review{
			{
				ID:       1,
				Author:   change.Account{Login: "mika", ID: 3},
				State:    change.Approved,
				Commit:   strings.Repeat("2", 40),
				CanWrite: &write,
			},
		},
		Teams:  map[string]change.Team{"acme/payments": {Exists: true, CanWrite: &write, Members: []string{"mika", "rita"}}},
		Owners: map[string]change.OwnerAccount{"mika": {Exists: true, CanWrite: &write}, "olga": {Exists: true, CanWrite: &write}}}
	s.Controls = change.Controls{Rev: s.Base, Files: map[string]change.File{}}
	for path, text := range map[string]string{
		settings.Path: "version: 1\ncommits: { mode: enforce }\nownership: { mode: enforce }\nsize: { mode: enforce, " +
			"fail_over: 1000 }\n", ".github/CODEOWNERS": codeownersOf("acme")} {
		s.Controls.Files[path] = change.File{Path: path, Blob: strings.Repeat("3", 40), Size: int64(len(text)), Content: []byte(text)}
	}
	for i := range files {
		patch := patchOf(i, 10)
		f, _ := diff.FromForge(
			diff.Entry{
				Path:      fmt.Sprintf("%s/dir%d/file%d.go", folders[i%len(folders)], i%40, i),
				Status:    diff.Modified,
				Patch:     &patch,
				Additions: 10,
				Deletions: 10,
				OldMode:   "100644",
				Mode:      "100644",
				Blob:      fmt.Sprintf("%040x", i),
				OldBlob:   fmt.Sprintf("%040x", i+1),
				Size:      -1,
			})
		s.Files = append(s.Files, f)
	}
	return s
}
