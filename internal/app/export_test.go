package app

import (
	"bytes"
	"database/sql"
	"encoding/json"

	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render"
	"github.com/lintel-review/lintel/internal/store"
)

// Writer is the database connection that stores deliveries, so that a test can fill its disk.
func (s *Server) Writer() *sql.DB { return s.store.Writer() }

// Reader is a database connection that reads, so that a test can see the queue's jobs.
func (s *Server) Reader() *sql.DB { return s.store.Reader() }

// Record is the server's record, so that a test can say what advice would want.
func (s *Server) Record() *store.Store { return s.store }

// CheckJSON is the report that "lintel check --format json" makes of a decision.
func CheckJSON(decision []byte) ([]byte, error) {
	var d policy.Decision
	if err := json.Unmarshal(decision, &d); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err := render.Write(&b, render.JSON, verdictOf(d), render.Options{})
	return b.Bytes(), err
}
