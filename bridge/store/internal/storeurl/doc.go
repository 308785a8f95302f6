// Package storeurl reports what is wrong with the URL of a database before anything is
// dialed. A password that is not escaped moves the end of the host: postgres://u:1#2@db
// names the host u and the port 1, and a driver would send the user's name there.
package storeurl
