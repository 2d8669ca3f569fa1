package organisationjobs

import (
	"context"

	"github.com/lintel-review/lintel/internal/delivery"
)

// scans lists the open changes of repositories.
type scans interface {
	Scan(ctx context.Context, s delivery.Scan) error
}

// Scanner scans repositories; where one holds an organisation's file, that is read first.
type Scanner struct {
	files All
	next  scans
}

// NewScanner puts the files before the scans. With no files there are none.
func NewScanner(files All, next scans) Scanner { return Scanner{files, next} }

// Scan implements lookjobs.JudgeOptions.Scanner.
func (s Scanner) Scan(ctx context.Context, scan delivery.Scan) error {
	if err := s.files.Scan(ctx, scan); err != nil {
		return err
	}
	return s.next.Scan(ctx, scan)
}
