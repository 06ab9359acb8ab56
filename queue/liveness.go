package queue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// A process that is killed can't say so. But the kernel takes its file locks
// away, at once: so each open queue holds a lock on a file of its own, and
// whoever can get that lock knows that its owner is dead.

// lockRetry is how often a lock is tried again that another process holds for
// a moment.
const lockRetry = 5 * time.Millisecond

// lockSuffix ends the names of lock files: queue + "." + worker + lockSuffix.
const lockSuffix = ".lock"

// liveness tells living workers from dead ones.
type liveness struct {
	dir   string
	queue string
	own   *flock.Flock

	mu   sync.Mutex   // guards door against this process's own goroutines
	door *flock.Flock // held while workers come, or the dead are looked for
}

// announce makes a worker of a queue known as alive. It runs prepare before,
// while no other worker of the same directory can come.
func announce(ctx context.Context, dir, queue, worker string, prepare func(context.Context) error) (*liveness, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	l := &liveness{
		dir:   dir,
		queue: queue,
		own:   flock.New(filepath.Join(dir, queue+"."+worker+lockSuffix), flock.SetPermissions(0o600)),
		door:  flock.New(filepath.Join(dir, "door"), flock.SetPermissions(0o600)),
	}
	return l, l.locked(ctx, func() error {
		if err := prepare(ctx); err != nil {
			return err
		}
		locked, err := l.own.TryLock()
		if err == nil && !locked {
			err = fmt.Errorf("%s is locked by another process", l.own.Path())
		}
		return err
	})
}

// locked runs f while no other process does the same.
func (l *liveness) locked(ctx context.Context, f func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.door.TryLockContext(ctx, lockRetry); err != nil {
		return fmt.Errorf("lock %s: %w", l.door.Path(), err)
	}
	return errors.Join(f(), l.door.Unlock())
}

// exclusively runs f while no worker can come. It tells f whether other
// workers of the queue are alive.
func (l *liveness) exclusively(ctx context.Context, f func(othersLive bool) error) error {
	return l.locked(ctx, func() error {
		living, err := l.living()
		if err != nil {
			return err
		}
		return f(len(living) > 1)
	})
}

// living returns the living workers of the queue, with the own one, and
// removes the lock files of the dead. It must run while no worker can come.
func (l *liveness) living() (map[string]bool, error) {
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return nil, err
	}
	living := map[string]bool{}
	for _, entry := range entries {
		worker, ok := l.workerOf(entry.Name())
		if !ok {
			continue
		}
		dead := false
		if path := filepath.Join(l.dir, entry.Name()); path != l.own.Path() {
			if dead, err = bury(path); err != nil {
				return nil, err
			}
		}
		if !dead {
			living[worker] = true
		}
	}
	return living, nil
}

// workerOf returns the worker of this queue that a lock file belongs to.
func (l *liveness) workerOf(file string) (worker string, ok bool) {
	if worker, ok = strings.CutPrefix(file, l.queue+"."); !ok {
		return "", false
	}
	return strings.CutSuffix(worker, lockSuffix)
}

// bury removes a lock file if its owner is dead, and reports whether it is.
func bury(path string) (dead bool, err error) {
	lock := flock.New(path, flock.SetFlag(os.O_RDWR))
	locked, err := lock.TryLock()
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil || !locked {
		return false, err
	}
	return true, errors.Join(os.Remove(path), lock.Unlock())
}

// end makes the worker known as dead.
func (l *liveness) end() error {
	err := os.Remove(l.own.Path())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, l.own.Unlock())
}
