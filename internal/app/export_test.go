package app

import "database/sql"

// Writer is the database connection that stores deliveries, so that a test can fill its disk.
func (s *Server) Writer() *sql.DB { return s.store.Writer() }
