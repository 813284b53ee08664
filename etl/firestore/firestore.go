// Package firestore reads the app's users and meetings from Firestore.
package firestore

import _ "cloud.google.com/go/firestore"
