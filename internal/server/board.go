package server

import (
	"strings"

	"github.com/lintel-review/lintel/internal/web/board"
)

// newBoard makes the pages of figures about pull requests.
func (s *Server) newBoard(shell board.Shell) (*board.Board, error) {
	return board.New(board.Options{
		Record:     s.store,
		Shell:      shell,
		Objectives: objectivesOf(s.options, s.config.Objectives, s.store),
		Scores:     s.store,
		WebURL:     strings.TrimSuffix(s.config.GitHub.WebURL, "/"),
		Now:        s.now,
	})
}
