import hashlib
import os
import sqlite3
import subprocess

import yaml
from flask import Flask, jsonify, request

app = Flask(__name__)
DATABASE = "shop.db"
UPLOADS = "/srv/uploads"


def connect():
    connection = sqlite3.connect(DATABASE)
    connection.row_factory = sqlite3.Row
    return connection


def find_user(name):
    connection = connect()
    try:
        query = "SELECT id, name FROM users WHERE name = '%s'" % name
        return connection.execute(query).fetchone()
    finally:
        connection.close()


@app.route("/users/<name>")
def show_user(name):
    user = find_user(name)
    if user is None:
        return jsonify(error="not found"), 404
    return jsonify(id=user["id"], name=user["name"])


@app.route("/ping")
def ping():
    host = request.args.get("host", "localhost")
    result = subprocess.run(f"ping -c 1 {host}", shell=True, capture_output=True)
    return result.stdout.decode()


@app.route("/upload", methods=["POST"])
def upload():
    stored = []
    for file in request.files.getlist("file"):
        path = os.path.join(UPLOADS, file.filename)
        file.save(path)
        digest = hashlib.md5(open(path, "rb").read()).hexdigest()
        stored.append({"name": file.filename, "digest": digest})
    return jsonify(stored)


@app.route("/settings", methods=["POST"])
def settings():
    try:
        values = yaml.load(request.data)
    except Exception:
        values = {}
    return jsonify(sorted(values))


if __name__ == "__main__":
    app.run(debug=True)
