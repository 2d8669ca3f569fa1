package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
)

// maxFixture is the largest fixture that is read.
const maxFixture = 4 << 20

// Fixture is one whole change with the decision that is expected of it, at FAMILY/testdata/NAME.txtar. The archive holds
//
//	snapshot.json   a change.Snapshot, or
//	facts.json      the policy input, then nothing below but settings.yml is read;
//	settings.yml    the settings in force; without it those of controls/.github/lintel.yml, else the defaults;
//	change.diff     the change as "git diff" writes it, instead of the snapshot's files;
//	controls/PATH   a control file at the base, controls/.github/CODEOWNERS;
//	proposed/PATH   the settings file or CODEOWNERS at the head;
//	base/PATH       a file as it stands whole at the merge base, which an analysis wants;
//	head/PATH       the same at the head;
//	decision.json   what is expected, without the digests of evidence.
type Fixture struct {
	// File is relative to the policies' root.
	File   string `json:"file"`
	Family string `json:"family"`
	Passed bool   `json:"passed"`
	// Problem says why it failed: it cannot be read, or Want and Got differ.
	Problem string `json:"problem,omitempty"`
	// Want and Got are decision.json as it stands and as it came out.
	Want string `json:"-"`
	Got  string `json:"-"`
	// Archive is the file's new text with Got in it, for writing goldens.
	Archive []byte `json:"-"`
}

// Fixtures judges every fixture of the trees. The error is that of the trees or an ended context; a fixture that fails is in the list.
func (e *Engine) Fixtures(ctx context.Context, trees ...fs.FS) ([]Fixture, error) {
	var out []Fixture
	for _, tree := range trees {
		files, err := fs.Glob(tree, "*/testdata/*.txtar")
		if err != nil {
			return nil, fmt.Errorf("list fixtures: %w", err)
		}
		for _, name := range files {
			text, err := fs.ReadFile(tree, name)
			if err != nil {
				return nil, fmt.Errorf("read fixture: %w", err)
			}
			f := Fixture{File: name, Family: path.Dir(path.Dir(name))}
			if err := e.runFixture(ctx, &f, text); err != nil {
				f.Problem = err.Error()
			}
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("judge fixtures: %w", err)
			}
			f.Passed = f.Problem == ""
			out = append(out, f)
		}
	}
	return out, nil
}

func (e *Engine) runFixture(ctx context.Context, f *Fixture, text []byte) error {
	if len(text) > maxFixture {
		return fmt.Errorf("the fixture has %d bytes, more than %d", len(text), maxFixture)
	}
	archive := txtar.Parse(text)
	d, err := e.judgeArchive(ctx, archive)
	if err != nil {
		return err
	}
	if f.Got, err = golden(d); err != nil {
		return err
	}
	i := -1
	for j, file := range archive.Files {
		if file.Name == "decision.json" {
			i = j
		}
	}
	if i < 0 {
		archive.Files = append(archive.Files, txtar.File{Name: "decision.json"})
		i = len(archive.Files) - 1
	}
	f.Want = string(archive.Files[i].Data)
	archive.Files[i].Data = []byte(f.Got)
	f.Archive = txtar.Format(archive)
	if f.Want != f.Got {
		return errors.New("the decision is not decision.json")
	}
	return nil
}

func (e *Engine) judgeArchive(ctx context.Context, archive *txtar.Archive) (Decision, error) {
	var s *change.Snapshot
	var given *facts.Facts
	inForce := settings.Resolution{Settings: settings.Default(), Source: settings.Absent}
	hasSettings := false
	for _, file := range archive.Files {
		switch file.Name {
		case "snapshot.json":
			s = &change.Snapshot{}
			if err := strictJSON(file, s); err != nil {
				return Decision{}, err
			}
		case "facts.json":
			f, err := facts.Parse(file.Data)
			if err != nil {
				return Decision{}, fmt.Errorf("facts.json: %w", err)
			}
			given = &f
		case "settings.yml":
			set, problems := settings.Parse(file.Name, file.Data, e.Configurable())
			if len(problems) > 0 {
				return Decision{}, fmt.Errorf("settings.yml:%d:%d: %s", problems[0].Line, problems[0].Column, problems[0].Message)
			}
			inForce, hasSettings = settings.Resolution{Settings: set, Source: settings.FromFile}, true
		}
	}
	switch {
	case (s == nil) == (given == nil):
		return Decision{}, errors.New("a fixture holds one of snapshot.json and facts.json")
	case given != nil:
		return e.Decide(ctx, *given, inForce.Settings, Options{})
	}
	if err := addFiles(s, archive); err != nil {
		return Decision{}, err
	}
	if !hasSettings {
		inForce = settings.Resolve(s.Controls, s.Gaps, e.Configurable())
	}
	_, d, err := e.Judge(ctx, s, inForce, Options{})
	return d, err
}

// addFiles puts the archive's other files into the snapshot.
func addFiles(s *change.Snapshot, archive *txtar.Archive) error {
	for _, file := range archive.Files {
		folder, name, _ := strings.Cut(file.Name, "/")
		f := change.File{Path: name, Blob: "fixture", Size: int64(len(file.Data)), Content: file.Data}
		switch {
		case file.Name == "change.diff":
			var err error
			if s.Files, err = diff.Parse(bytes.NewReader(file.Data), diff.DefaultLimits()); err != nil {
				return fmt.Errorf("change.diff: %w", err)
			}
			s.FilesTotal = len(s.Files)
		case folder == "controls" && name != "":
			if s.Controls.Files == nil {
				s.Controls.Files = map[string]change.File{}
			}
			s.Controls.Files[name] = f
		case folder == "proposed" && name == settings.Path:
			s.Proposed = &f
		case folder == "proposed" && path.Base(name) == "CODEOWNERS":
			s.ProposedOwners = &f
		case (folder == "base" || folder == "head") && name != "":
			s.Contents = append(s.Contents, change.Content{
				Path: name, Side: change.Side(folder), Blob: "fixture", Size: f.Size, Body: file.Data,
			})
		case file.Name != "snapshot.json" && file.Name != "settings.yml" && file.Name != "decision.json":
			return fmt.Errorf("%s: no file of a fixture has this name", file.Name)
		}
	}
	sorting.By(s.Contents, func(a, b change.Content) int {
		return strings.Compare(a.Path+"\x00"+string(a.Side), b.Path+"\x00"+string(b.Side))
	})
	return nil
}

func strictJSON(file txtar.File, into any) error {
	dec := json.NewDecoder(bytes.NewReader(file.Data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", file.Name, err)
	}
	return nil
}

// golden is the part of a decision that a fixture promises: what people see and what is recorded, without evidence that
// changes with every policy.
func golden(d Decision) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(struct {
		Conclusion any               `json:"conclusion"`
		Families   []FamilyVerdict   `json:"families"`
		Findings   []finding.Finding `json:"findings"`
		Abstained  []Abstention      `json:"abstained"`
		Incomplete []change.Gap      `json:"incomplete"`
	}{d.Conclusion, d.Families, d.Findings, d.Abstained, d.Incomplete})
	if err != nil {
		return "", fmt.Errorf("write decision: %w", err)
	}
	return b.String(), nil
}
