package recovery

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/drift"
	"github.com/lintel-review/lintel/internal/settings"
)

// modes is what the record knows of the modes that a verdict rests on.
type modes interface {
	// JudgedBy returns the settings of a change's newest verdict, canonical as package settings writes them; nil when there
	// is none, or when a look waits.
	JudgedBy(ctx context.Context, key change.Key) ([]byte, error)
	// Noisy are the rules of a repository that people do not want.
	Noisy(ctx context.Context, forge change.Forge, repo int64) ([]change.NoisyRule, error)
}

// otherModes says why the settings of a verdict come to other modes today; empty when they do not. It asks the forge
// nothing, and reads the settings of a verdict once for each day and each set of demoted rules.
func (rc *Recovery) otherModes(ctx context.Context, k drift.Known) (string, error) {
	noisy, err := rc.store.Noisy(ctx, rc.name, k.RepoID)
	if err != nil {
		return "", err
	}
	now := rc.now()
	about := fmt.Sprint(k.TakenAt.UnixMilli(), now.UTC().Format(time.DateOnly), noisy)
	if was, ok := rc.comparisons(k.RepoID).Load(k.Number); ok && was == about {
		return "", nil
	}
	body, err := rc.store.JudgedBy(ctx, k.Key)
	if err != nil || body == nil {
		return "", err
	}
	why, err := settings.Differs(body, k.RepoID, k.TakenAt, now, noisy)
	if err != nil {
		rc.log.WarnContext(ctx, "the settings of a verdict cannot be read", "change", k.Ref.String(), "error",
			err.Error())
		why = ""
	}
	if why == "" {
		rc.comparisons(k.RepoID).Store(k.Number, about)
	}
	return why, nil
}

// comparisons are what the settings of a repository's changes were compared with last, by number.
func (rc *Recovery) comparisons(repo int64) *sync.Map {
	of, _ := rc.compared.LoadOrStore(repo, &sync.Map{})
	return of.(*sync.Map)
}

// forget drops what is kept of a repository's changes that are not open any more.
func (rc *Recovery) forget(repo int64, open []drift.Listed) {
	of := rc.comparisons(repo)
	of.Range(func(number, _ any) bool {
		if !slices.ContainsFunc(open, func(p drift.Listed) bool { return p.Number == number }) {
			of.Delete(number)
		}
		return true
	})
}
