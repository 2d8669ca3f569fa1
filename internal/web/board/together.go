package board

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// together runs steps side by side and gives the errors of all. The first error ends the others. A panic becomes an
// error, so that it ends one answer and not the server.
func together(ctx context.Context, steps []func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	errs := make([]error, len(steps))
	for i, step := range steps {
		wait.Add(1)
		go func() {
			defer wait.Done()
			defer func() {
				if p := recover(); p != nil {
					errs[i] = fmt.Errorf("read figures: panic: %v", p)
				}
				if errs[i] != nil {
					cancel()
				}
			}()
			errs[i] = step(ctx)
		}()
	}
	wait.Wait()
	return errors.Join(errs...)
}
