// Package awaited answers jobs of CI that wait for the verdict on the head that they run for.
//
// Callers may rely on: a verdict is answered only for the head that the record knows, and only once the newest thing that
// is known of the change was judged; anything else is pending. So a job that passes by the answer passes by the verdict.
package awaited

import (
	"context"
	"errors"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/upload"
	"github.com/lintel-review/lintel/internal/verdict"
)

// Senders says which change a job may ask about. Its error is an *upload.Refusal.
type Senders interface {
	Waiting(ctx context.Context, token, repository, sha string, number int) (change.Key, error)
}

// Record is what is known of changes and their verdicts.
type Record interface {
	Record(ctx context.Context, key change.Key) (change.Record, error)
	Verdicts(ctx context.Context, r change.Record, limit int) ([]verdict.Verdict, error)
}

// Answer is a verdict, or that there is none yet.
type Answer struct {
	// State is "success", "failure" or "pending".
	State string `json:"state"`
	// Change is "acme/shop#12", SHA its head.
	Change string `json:"change"`
	SHA    string `json:"sha"`
	// URL is the page of the verdict; empty where the server has no address of its own.
	URL string `json:"url"`
	// DecidedAt is when the verdict was stored; left out while there is none.
	DecidedAt time.Time `json:"decided_at,omitzero"`
}

// Reader answers.
type Reader struct {
	senders Senders
	record  Record
	page    func(change.Ref) string
}

// New checks that all parts are there. page is the address of a change's page.
func New(senders Senders, record Record, page func(change.Ref) string) (*Reader, error) {
	if senders == nil || record == nil || page == nil {
		return nil, errors.New("answer jobs that wait: senders, a record and a page are needed")
	}
	return &Reader{senders: senders, record: record, page: page}, nil
}

// Verdict answers the job that a token stands for. The error is an *upload.Refusal where asking again would not help.
func (r *Reader) Verdict(ctx context.Context, token, repository, sha string, number int) (Answer, error) {
	key, err := r.senders.Waiting(ctx, token, repository, sha, number)
	if err != nil {
		return Answer{}, err
	}
	record, err := r.record.Record(ctx, key)
	if errors.Is(err, change.ErrNotFound) {
		// Its webhook has not arrived yet.
		return Answer{State: verdict.Pending, SHA: sha}, nil
	}
	if err != nil {
		return Answer{}, err
	}
	a := Answer{State: verdict.Pending, Change: record.Ref.String(), SHA: sha, URL: r.page(record.Ref)}
	switch {
	case record.State != change.Open:
		return a, upload.Refuse(upload.HeadMoved, "nothing is to be done: no verdict is needed any more", "%s is not open", record.Ref)
	case record.Head.SHA != sha || record.Evaluated != record.Generation:
		return a, nil
	}
	newest, err := r.record.Verdicts(ctx, record, 1)
	if err != nil {
		return Answer{}, err
	}
	if len(newest) == 1 && newest[0].Head == sha {
		a.State, a.DecidedAt = newest[0].Conclusion, newest[0].DecidedAt
	}
	return a, nil
}
