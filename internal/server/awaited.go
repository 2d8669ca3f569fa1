package server

import (
	"context"
	"net/http"

	"github.com/lintel-review/lintel/internal/awaited"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/verdict"
	"github.com/lintel-review/lintel/internal/web/inbound"
)

// verdicts writes the answers of a reader for the API.
type verdicts struct{ *awaited.Reader }

func (v verdicts) Verdict(ctx context.Context, token, repository, sha string, number int) (any, bool, error) {
	a, err := v.Reader.Verdict(ctx, token, repository, sha, number)
	return a, a.State == verdict.Pending, err
}

// newAwaited answers jobs of CI that wait for the verdict on their head.
func newAwaited(o Options, senders awaited.Senders, record awaited.Record, page func(change.Ref) string) (part.Part, error) {
	reader, err := awaited.New(senders, record, page)
	if err != nil {
		return part.Part{}, err
	}
	api, err := inbound.NewAwaited(verdicts{reader}, o.Log)
	return part.Part{Name: "awaited", Routes: func(public, _ *http.ServeMux) { api.Route(public) }}, err
}
