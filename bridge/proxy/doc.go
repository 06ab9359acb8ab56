// Package proxy records the calls that an agent of the user's own makes to its
// models, so that what it reasoned stands in the transcript beside what it did,
// and its tokens are counted.
//
// A [Service] is one API that agents call, at the address where it would be
// called without us. Requests go there as they are, with the agent's own key, and
// answers come back as they are, streams as they flow; both are read besides.
// Nothing else can be reached through it, and no header, and so no key, is kept.
//
// What the APIs' texts mean is the business of the packages of their vendors.
package proxy
