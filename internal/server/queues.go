package server

import (
	"context"
	"database/sql"
	"strconv"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/web/queues"
)

// queuePages show the queue, and act on its jobs by the record's transactions.
func (s *Server) queuePages(shell queues.Shell) queues.Pages {
	st, jobs := s.store, s.jobs
	return queues.Pages{
		Shell:  shell,
		Survey: func(ctx context.Context) (queue.Survey, error) { return queue.NewSurvey(ctx, st.Reader()) },
		Act: func(ctx context.Context, act audit.Act, id int64, actor string) error {
			e := audit.Entry{Act: act, Actor: actor, Detail: map[string]string{"job": strconv.FormatInt(id, 10)}}
			return st.Audited(ctx, e, func(tx *sql.Tx) error {
				do := jobs.RetryTx
				if act == audit.JobDiscarded {
					do = jobs.DiscardTx
				}
				job, err := do(ctx, tx, id)
				e.Detail["kind"], e.Detail["of"] = job.Kind, job.Args
				return err
			})
		},
	}
}
