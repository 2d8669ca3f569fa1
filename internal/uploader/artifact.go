package uploader

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/lintel-review/lintel/internal/ci"
)

// Manifest is the file in an artifact that says what the others are; ArtifactPrefix begins the names of artifacts that a server fetches.
const (
	Manifest       = "lintel-report.json"
	ArtifactPrefix = "lintel-report"
)

type manifest struct {
	Version int             `json:"version"`
	Reports []manifestEntry `json:"reports"`
}

type manifestEntry struct {
	File     string `json:"file"`
	Kind     string `json:"kind"`
	Format   string `json:"format"`
	Flag     string `json:"flag"`
	Part     string `json:"part"`
	Measured string `json:"measured_sha"`
	Job      string `json:"job"`
}

// WriteArtifact puts a report into a folder that the job then uploads as an artifact, for jobs that can have no token:
// those of changes from forks. Reports that are there already stay; the manifest lists all.
func WriteArtifact(dir string, t ci.Target, r Report) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the artifact's folder: %w", err)
	}
	m := manifest{Version: 1}
	path := filepath.Join(dir, Manifest)
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
		if err := json.Unmarshal(text, &m); err != nil || m.Version != 1 {
			return fmt.Errorf("%s is not a list of reports that this version wrote: remove it", path)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("read the artifact's list: %w", err)
	}
	e := manifestEntry{
		File:   "report-" + strconv.Itoa(len(m.Reports)+1),
		Kind:   r.Kind,
		Format: r.Format,
		Flag:   r.Flag,
		Part:   r.Part,
		Job:    t.Job,
	}
	if t.Measured != t.SHA {
		e.Measured = t.Measured
	}
	if err := os.WriteFile(filepath.Join(dir, e.File), r.Body, 0o644); err != nil {
		return fmt.Errorf("write the artifact: %w", err)
	}
	m.Reports = append(m.Reports, e)
	if text, err = json.MarshalIndent(m, "", "  "); err != nil {
		return fmt.Errorf("encode the artifact's list: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the artifact's list: %w", err)
	}
	return nil
}
