package settings

import (
	"slices"
	"sync"

	"github.com/lintel-review/lintel/internal/document"
)

// Bounds of what is remembered: how many files, and how large they are at most.
const (
	maxRecent     = 128
	maxRecentSize = 4 << 10
)

// recent are the settings files that were read lately, by their content. A look resolves the settings several times,
// and reads the file for its lines, too; reading YAML is most of that. Documents are never changed.
var recent struct {
	sync.Mutex
	files map[string]recentFile
}

type recentFile struct {
	doc      *document.Document
	problems []document.Problem
}

// parse reads the settings file of a repository as YAML.
func parse(data []byte) (*document.Document, []document.Problem) {
	if len(data) > maxRecentSize {
		return document.Parse(Path, data, MaxBytes)
	}
	recent.Lock()
	known, ok := recent.files[string(data)]
	recent.Unlock()
	if ok {
		return known.doc, slices.Clone(known.problems)
	}
	doc, problems := document.Parse(Path, data, MaxBytes)
	recent.Lock()
	defer recent.Unlock()
	if recent.files == nil || len(recent.files) >= maxRecent {
		recent.files = map[string]recentFile{}
	}
	recent.files[string(data)] = recentFile{doc, slices.Clone(problems)}
	return doc, problems
}
