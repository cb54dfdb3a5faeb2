"""Who is there."""

from pydantic import Field

from xtts_studio.shapes import Shape


class Credentials(Shape):
    username: str = Field(max_length=200)
    password: str = Field(max_length=1000)


class User(Shape):
    name: str


class UserBody(Shape):
    user: User
