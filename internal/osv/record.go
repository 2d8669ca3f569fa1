package osv

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/text"
)

// Bounds of what a record may hold, so that no single one fills the database.
const (
	MaxRecord   = 16 << 20 // bytes of one record as it is published
	maxSummary  = 200
	maxID       = 100
	maxAliases  = 20
	maxAffected = 5_000
	maxEvents   = 2_000
	maxVersions = 100_000
	maxName     = 300
	maxVersion  = 150
)

// record is the part of OSV's format that is read.
type record struct {
	ID        string     `json:"id"`
	Modified  time.Time  `json:"modified"`
	Withdrawn *time.Time `json:"withdrawn"`
	Aliases   []string   `json:"aliases"`
	Summary   string     `json:"summary"`
	Details   string     `json:"details"`
	Severity  []severity `json:"severity"`
	Specific  specific   `json:"database_specific"`
	Affected  []affected `json:"affected"`
}

type severity struct {
	Type  string `json:"type"`
	Score string `json:"score"`
}

// specific is what databases add as they like; a severity that is no text says nothing.
type specific struct{ severity string }

func (s *specific) UnmarshalJSON(b []byte) error {
	var members map[string]json.RawMessage
	if json.Unmarshal(b, &members) == nil {
		_ = json.Unmarshal(members["severity"], &s.severity)
	}
	return nil
}

type affected struct {
	Package struct {
		Ecosystem string `json:"ecosystem"`
		Name      string `json:"name"`
	} `json:"package"`
	Severity []severity `json:"severity"`
	Ranges   []struct {
		Type   string `json:"type"`
		Events []struct {
			Introduced   string `json:"introduced"`
			Fixed        string `json:"fixed"`
			LastAffected string `json:"last_affected"`
		} `json:"events"`
	} `json:"ranges"`
	Versions []string `json:"versions"`
	Specific specific `json:"ecosystem_specific"`
	Database specific `json:"database_specific"`
}

// Record is one record as the builder takes it.
type Record struct {
	id        string
	modified  time.Time
	withdrawn bool
	entries   []entry
}

// entry is what a record says of one package.
type entry struct {
	ecosystem, name string
	advisory        Advisory
}

// ParseRecord reads one record of OSV's format. Packages of ecosystems that are not kept are left out. An error says what
// is wrong with the record.
func ParseRecord(content []byte) (Record, error) {
	if len(content) > MaxRecord {
		return Record{}, fmt.Errorf("it has %d bytes, and %d are read at most", len(content), MaxRecord)
	}
	var r record
	if err := json.Unmarshal(content, &r); err != nil {
		return Record{}, fmt.Errorf("it is no OSV record: %w", err)
	}
	out := Record{id: r.ID, modified: r.Modified, withdrawn: r.Withdrawn != nil}
	switch {
	case r.ID == "" || len(r.ID) > maxID || strings.ContainsAny(r.ID, " \t\r\n"):
		return Record{}, errors.New("it has no id, or one that is none")
	case len(r.Affected) > maxAffected:
		return Record{}, fmt.Errorf("it names more than %d packages", maxAffected)
	case out.withdrawn:
		return out, nil
	}
	for _, a := range r.Affected {
		if !slices.Contains(Ecosystems(), a.Package.Ecosystem) {
			continue
		}
		e, err := r.entryOf(a)
		if err != nil {
			return Record{}, err
		}
		if e.name != "" && len(e.advisory.Ranges)+len(e.advisory.Versions) > 0 {
			out.entries = append(out.entries, e)
		}
	}
	return out, nil
}

// Of is the record with the packages of these ecosystems alone.
func (r Record) Of(ecosystems []string) Record {
	r.entries = slices.DeleteFunc(r.entries, func(e entry) bool { return !slices.Contains(ecosystems, e.ecosystem) })
	return r
}

func (r record) entryOf(a affected) (entry, error) {
	e := entry{ecosystem: a.Package.Ecosystem, name: Name(a.Package.Ecosystem, a.Package.Name)}
	if len(e.name) > maxName {
		return entry{}, fmt.Errorf("the name of a package has more than %d bytes", maxName)
	}
	e.advisory = Advisory{ID: r.ID, Aliases: r.aliases(), Summary: text.Clip(r.firstLine(), maxSummary)}
	stated := a.Severity
	if len(stated) == 0 {
		stated = r.Severity
	}
	word := r.Specific.severity
	for _, own := range []string{a.Database.severity, a.Specific.severity} {
		if word == "" {
			word = own
		}
	}
	e.advisory.Rating, e.advisory.Score = rate(stated, word)
	for _, g := range a.Ranges {
		if g.Type != "SEMVER" && g.Type != "ECOSYSTEM" {
			continue // commits of git are no versions
		}
		if len(g.Events) > maxEvents {
			return entry{}, fmt.Errorf("a range of %s has more than %d events", e.name, maxEvents)
		}
		var events Range
		for _, v := range g.Events {
			if len(v.Introduced) > maxVersion || len(v.Fixed) > maxVersion || len(v.LastAffected) > maxVersion {
				return entry{}, fmt.Errorf("a version of %s has more than %d bytes", e.name, maxVersion)
			}
			if v.Introduced != "" || v.Fixed != "" || v.LastAffected != "" {
				events = append(events, Event(v))
			}
		}
		if len(events) > 0 {
			e.advisory.Ranges = append(e.advisory.Ranges, events)
		}
	}
	if len(a.Versions) > maxVersions {
		return entry{}, fmt.Errorf("it lists more than %d versions of %s", maxVersions, e.name)
	}
	e.advisory.Versions = a.Versions
	return e, nil
}

// aliases are the other ids, without repetition.
func (r record) aliases() []string {
	var ids []string
	for _, id := range r.Aliases {
		if id != "" && id != r.ID && len(id) <= maxID && len(ids) < maxAliases && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// firstLine is what the record says in one line.
func (r record) firstLine() string {
	if r.Summary != "" {
		return strings.Join(strings.Fields(r.Summary), " ")
	}
	for line := range strings.Lines(r.Details) {
		if line = strings.TrimSpace(strings.TrimLeft(line, "# ")); line != "" && !strings.HasPrefix(line, "---") &&
			!strings.HasPrefix(line, "_-=") {
			return strings.Join(strings.Fields(line), " ")
		}
	}
	return ""
}
