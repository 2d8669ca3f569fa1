package server

import (
	"database/sql"

	"github.com/lintel-review/lintel/internal/store"
)

// Writer is the database connection that stores deliveries, so that a test can fill its disk.
func (s *Server) Writer() *sql.DB { return s.store.Writer() }

// Reader is a database connection that reads, so that a test can see the queue's jobs.
func (s *Server) Reader() *sql.DB { return s.store.Reader() }

// Record is the server's record, so that a test can say what advice would want.
func (s *Server) Record() *store.Store { return s.store }
