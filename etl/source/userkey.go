package source

// UserKeys gives the function that turns a raw user id into the key that the readers write, for those who hold an answer key or a
// list of users to delete. The function serves one goroutine.
func UserKeys(secret []byte) func(id string) string {
	b := newBorder(secret)
	return func(id string) string { return b.user([]byte(id)) }
}
