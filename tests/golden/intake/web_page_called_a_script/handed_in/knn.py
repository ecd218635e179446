<!doctype html>
<html></html>
