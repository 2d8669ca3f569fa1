package github

import "slices"

// routes lists every operation offered. The order matters only where two patterns fit one path: the first wins.
func routes() []*route {
	return slices.Concat(appRoutes(), repositoryRoutes(), gitRoutes(), pullRoutes(), reviewRoutes(), threadRoutes(), checkRoutes(),
		actionRoutes(), productionRoutes(), peopleRoutes(), metaRoutes(), graphRoutes())
}
