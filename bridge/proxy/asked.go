package proxy

import "context"

// asked is a call under way that is to be recorded.
type asked struct {
	body []byte
	read reader
}

type askedKey struct{}

func withAsked(ctx context.Context, a asked) context.Context {
	return context.WithValue(ctx, askedKey{}, a)
}

func askedIn(ctx context.Context) (asked, bool) {
	a, ok := ctx.Value(askedKey{}).(asked)
	return a, ok
}
