package app

import (
	"database/sql"

	"github.com/lintel-review/lintel/internal/store"
)

// Writer is the database connection that stores deliveries, so that a test can fill its disk.
func (s *Server) Writer() *sql.DB { return s.store.Writer() }

// Record is the server's record, so that a test can say what advice would want.
func (s *Server) Record() *store.Store { return s.store }
