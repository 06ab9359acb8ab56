// Package exchange holds what the clients of all vendors share: the check of a
// request before it is sent, and the meaning of what went wrong after it.
//
// It knows no vendor's protocol of questions and answers, only the forms in
// which their services say that they failed. Nothing of a request ends up in
// an error: no header, no address beyond its host, no key.
package exchange
