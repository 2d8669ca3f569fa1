package review

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/verdict"
)

func teamNames(s change.Snapshot) []string {
	var names []string
	for name := range s.Teams {
		names = append(names, name)
	}
	for login := range s.Owners {
		names = append(names, "@"+login)
	}
	slices.Sort(names)
	return names
}

// verdictRecord makes the verdict and the documents from which it can be derived again. The title is that of the facts,
// which hold no secret.
func (v *Reviewer) verdictRecord(r change.Record, snap change.Snapshot, shown *string, d policy.Decision) (
	*verdict.Verdict, []verdict.Evidence, error) {
	decision, err := json.Marshal(d)
	if err != nil {
		return nil, nil, fmt.Errorf("encode decision: %w", err)
	}
	title := ""
	if shown != nil {
		title = *shown
	}
	made := &verdict.Verdict{
		Ref:          r.Ref,
		Generation:   r.Generation,
		Target:       r.Target(),
		Head:         snap.Head.SHA,
		Base:         snap.Base,
		MergeBase:    snap.MergeBase,
		Conclusion:   string(d.Conclusion),
		Digest:       d.Digest(),
		Facts:        d.Facts,
		Policy:       d.Policy,
		Settings:     d.Settings,
		Decision:     text.Digest(decision),
		Engine:       d.Engine,
		Controls:     snap.Controls.SHA,
		ControlFiles: controlFiles(snap),
		Title:        title,
		UpdatedAt:    snap.UpdatedAt,
		TakenAt:      snap.TakenAt,
		DecidedAt:    v.options.Now(),
	}
	return made, []verdict.Evidence{
		{Digest: made.Facts, Kind: "facts", Body: d.FactsJSON},
		{Digest: made.Decision, Kind: "decision", Body: decision},
		{Digest: made.Settings, Kind: "settings", Body: d.SettingsJSON},
		{Digest: made.Policy, Kind: "policies", Body: v.options.Engine.Archive()},
	}, nil
}

func controlFiles(snap change.Snapshot) string {
	ids := map[string]string{}
	for p, f := range snap.Controls.Files {
		ids[p] = f.Blob
	}
	return controls.Digest(snap.Controls.Ref, snap.Repository.Merges.String(), ids)
}
