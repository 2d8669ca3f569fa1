package history

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/lintel-review/lintel/internal/flow/dora"
)

// Deployments makes up the deployments of the year, and the incidents that some of them caused: about one in six before
// the team used Lintel, and one in fifteen since.
func (y Year) Deployments() (all []dora.Deployment, incidents []dora.Incident) {
	for i, repo := range y.Repositories {
		random := rand.New(rand.NewPCG(y.Seed, uint64(1000+i)))
		begin := y.End.AddDate(0, 0, -days).Truncate(24 * time.Hour)
		for day := range days {
			at := begin.AddDate(0, 0,
				day).Add(14*time.Hour + time.Duration(random.Int64N(int64(3*time.Hour)))).Truncate(time.Second)
			weekend := at.Weekday() == time.Saturday || at.Weekday() == time.Sunday
			often, risk, recovery := 0.35, 0.17, 5.0
			if day > adopted {
				often, risk, recovery = 0.6, 0.07, 2.0
			}
			if weekend || at.After(y.End) || random.Float64() > often {
				continue
			}
			upto := at.Add(-10 * time.Minute)
			d := dora.Deployment{
				ID:          fmt.Sprintf("demo:%d:%d", repo.ID, day),
				Forge:       y.Forge,
				RepoID:      repo.ID,
				Environment: "production",
				Production:  true,
				Source:      dora.ByStatus,
				SHA:         fmt.Sprintf("%016x%016x%08x", random.Uint64(), random.Uint64(), random.Uint32()),
				Success:     true,
				StartedAt:   upto,
				FinishedAt:  at,
				Upto:        &upto,
			}
			all = append(all, d)
			if random.Float64() > risk {
				continue
			}
			hours := recovery * math.Exp(0.7*random.NormFloat64())
			resolved := at.Add(time.Duration(hours * float64(time.Hour))).Truncate(time.Second)
			if resolved.After(y.End) {
				continue
			}
			incidents = append(incidents, dora.Incident{
				ID:         d.ID + ":incident",
				Forge:      y.Forge,
				RepoID:     repo.ID,
				Source:     "api",
				Deployment: d.ID,
				OpenedAt:   at.Add(15 * time.Minute),
				ResolvedAt: &resolved,
			})
		}
	}
	return all, incidents
}
